import type { RoomJoined, RoomPresence as RoomChange, RoomPresent } from '@yektayar/protocol'
import { ROOM_MAX_PEOPLE, ROOM_MAX_WAITING, TYPING_LIFETIME_MS } from '../shared/limits.js'
import { now } from '../shared/platform.js'
import type { RoomEvents, RoomMember } from './clientRoom.js'

/** What the presence of a room needs from its room. */
export interface RoomPresenceDeps {
  /** Whether a member is this client or its user. */
  isSelf(id: string): boolean
  changed(): void
}

/** The members of a room, and those that are typing. */
export class RoomPresence {
  count = 0
  readonly #deps: RoomPresenceDeps
  #members = new Map<string, RoomMember>()
  /** The state of the list; changes up to it are in the list already. */
  #version = 0
  /** The changes that arrived while a list was requested: some are in it, others are newer. */
  #news: RoomChange[] | undefined
  /** When each typing member's last event arrived, by `now()`. */
  readonly #typists = new Map<string, number>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(deps: RoomPresenceDeps) {
    this.#deps = deps
  }

  get members(): readonly RoomMember[] {
    return [...this.#members.values()]
  }

  get typists(): readonly string[] {
    return [...this.#typists.keys()]
  }

  /** Call when a list of members is requested. */
  awaitMembers(): void {
    this.#news = []
  }

  /** Sets the requested list, and applies newer changes to it. */
  setMembers({ members, memberCount, membersVersion }: RoomJoined): void {
    const news = this.#news ?? []
    this.#news = undefined
    this.#members.clear()
    this.#version = membersVersion
    this.count = memberCount
    for (const member of members) this.#place(member)
    for (const change of news) this.applyPresence(change)
  }

  /** Applies a change of the list. Returns the others that came or left, as far as all are listed. */
  applyPresence(change: RoomChange): RoomEvents['presence'][] {
    if (this.#news) {
      this.#news = [...this.#news, change].slice(-ROOM_MAX_WAITING)
      return []
    }
    if (change.membersVersion <= this.#version) return []
    const { present, gone, isWhole } = change
    const before = new Map(this.#members)
    const wasComplete = this.#isComplete()
    this.#version = change.membersVersion
    this.count = change.memberCount
    if (isWhole) this.#clear(present)
    for (const member of present) this.#place(member)
    for (const id of gone) {
      this.#members.delete(id)
      this.stopped(id)
    }
    this.#deps.changed()
    const isKnown = wasComplete && (this.#isComplete() || !isWhole)
    return isKnown ? differences(before, this.#members) : []
  }

  /** The own names have changed. */
  renamed(): void {
    for (const member of this.#members.values()) this.#place(member)
  }

  typing(from: string, isTyping: boolean): void {
    if (!isTyping) {
      this.stopped(from)
    } else if (this.#typists.size < ROOM_MAX_PEOPLE) {
      this.#typists.set(from, now())
      this.#watch()
    }
    this.#deps.changed()
  }

  /** Records that a member stopped typing, by sending a message or leaving. */
  stopped(from: string): void {
    this.#typists.delete(from)
  }

  /** Disconnected: clears who is typing, and keeps the members until the next join. */
  pause(): void {
    this.#typists.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  clear(): void {
    this.pause()
    this.#members.clear()
    this.count = 0
  }

  #isComplete(): boolean {
    return this.#members.size === this.count
  }

  /** Begins a new list. In a crowd, the server's list may lack this client, which then keeps its own entry. */
  #clear(present: readonly RoomPresent[]): void {
    const isListed = present.some(({ id }) => this.#deps.isSelf(id))
    for (const { id, isSelf } of this.#members.values()) {
      if (isListed || !isSelf) this.#members.delete(id)
    }
  }

  #place({ id, presence }: RoomPresent): void {
    const known = this.#members.get(id)
    const isSelf = this.#deps.isSelf(id)
    const isFull = !known && this.#members.size >= ROOM_MAX_PEOPLE
    if (isFull || (known?.isSelf === isSelf && known.presence === presence)) return
    this.#members.set(id, Object.freeze({ id, isSelf, presence }))
  }

  /** Removes members that stopped typing without an event. */
  #watch(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const last = now() - TYPING_LIFETIME_MS
      for (const [from, heardAt] of this.#typists) if (heardAt <= last) this.stopped(from)
      if (this.#typists.size > 0) this.#watch()
      this.#deps.changed()
    }, TYPING_LIFETIME_MS)
  }
}

function differences(
  before: ReadonlyMap<string, RoomMember>,
  after: ReadonlyMap<string, RoomMember>,
): RoomEvents['presence'][] {
  const all = new Map([...after, ...before])
  return [...all]
    .filter(([id, { isSelf }]) => !isSelf && before.has(id) !== after.has(id))
    .map(([id, member]) => ({ member, isPresent: after.has(id) }))
}
