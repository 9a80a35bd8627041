import type { NodeEvent } from '../../emittedEvent.js'
import type { RightsChange } from '../../store.js'
import type { Hint, HintedEvent, HintedRight } from './hint.js'

type Fields = Readonly<Record<string, unknown>>

/**
 * Parses a hint, and returns `undefined` for a payload that is not one. Other programs and other versions
 * of this one can write hints too, so entries of its lists that have another shape are left out.
 */
export function readHint(payload: string): Hint | undefined {
  const { node, n, rooms, sessions, continued, rights, events, ...state } = fieldsIn(payload)
  if (!isText(node) || !isNumber(n)) return undefined
  const { isLast, hearsRedis } = state
  return {
    ...{ node, n },
    ...(Array.isArray(rooms) && { rooms: rooms.filter(isText) }),
    ...(Array.isArray(sessions) && { sessions: sessions.filter(isText) }),
    ...(Array.isArray(continued) && { continued: continued.filter(isText) }),
    ...(Array.isArray(rights) && { rights: rights.filter(isRight) }),
    ...(Array.isArray(events) && { events: events.filter(isHintedEvent) }),
    ...(typeof isLast === 'boolean' && { isLast }),
    ...(typeof hearsRedis === 'boolean' && { hearsRedis }),
  }
}

/** Parses an event that was too long for a hint. Returns an empty list if it is not an event. */
export function readEvent(body: string): NodeEvent[] {
  const event: unknown = fieldsIn(body)
  return isEvent(event) ? [event] : []
}

/** Parses a change of rights from its row. Returns an empty list if it is not one. */
export function readRight(id: number, change: string): HintedRight[] {
  const right: unknown = { id, change: fieldsIn(change) }
  return isRight(right) ? [right] : []
}

function fieldsIn(json: string): Fields {
  try {
    return fieldsOf(JSON.parse(json))
  } catch {
    return {}
  }
}

function fieldsOf(value: unknown): Fields {
  return Object(value) as Fields // an empty object for null and undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function isRight(value: unknown): value is HintedRight {
  const { id, change } = fieldsOf(value)
  return isNumber(id) && isChange(change)
}

function isChange(value: unknown): value is RightsChange {
  const { kind, room, member, userId, sessionId } = fieldsOf(value)
  if (kind === 'remove') return isText(room) && isText(member)
  return kind === 'review' && [room, userId, sessionId].every((one) => isText(one ?? ''))
}

function isHintedEvent(value: unknown): value is HintedEvent {
  return Number.isSafeInteger(fieldsOf(value).ref) || isEvent(value)
}

function isEvent(value: unknown): value is NodeEvent {
  const { event, to, typing, adapter } = fieldsOf(value)
  if (event !== undefined) return isText(event) && isTarget(to)
  if (typing === undefined) return isText(adapter)
  const { room, from, isTyping } = fieldsOf(typing)
  return isText(room) && isText(from) && typeof isTyping === 'boolean'
}

/** Whether a value names exactly one target: an event without a target would go to everyone. */
function isTarget(value: unknown): boolean {
  const { everyone, ...named } = fieldsOf(value)
  const names = Object.entries(named)
  if (names.length === 0) return everyone === true
  return (
    everyone === undefined &&
    names.every(([kind, name]) => ['user', 'session', 'room'].includes(kind) && isText(name)) &&
    names.length === 1
  )
}
