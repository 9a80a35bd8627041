import type { NumberedItem } from '@yektayar/protocol/rules'
import { isCommandError } from '../../shared/commandError.js'
import type { CommandError } from '../../shared/commandError.js'
import type { Limits } from '../../shared/limits.js'
import { chargedBounds } from '../chargedBounds.js'
import type { ChargedBounds } from '../chargedBounds.js'
import type {
  Append,
  Delivery,
  DeliveryItem,
  DeliveryOutcome,
  ItemOutcome,
  KeptAnswer,
  Place,
  SessionUser,
} from '../delivery.js'
import type { Outcome } from '../runGroup.js'
import { joinMessages } from '../joinMessages.js'
import type { Write, WriteInput } from '../sqlite/writes.js'
import type { StoreBounds } from '../storeBounds.js'
import { lastSurplusN } from './heldOutboxes.js'
import type { Query } from './query.js'

/** The place of a message among those that its room gets. */
interface NewPlace {
  /** The index of the room. */
  readonly room: number
  /** From 1. */
  readonly place: number
}

/** An outbox that continues. */
interface OpenBox {
  readonly sessionId: string
  readonly firstN: number
  /** The key of the item before the first one, where it is known. */
  readonly before: string | null
  lastN: number
  lastKey: string
}

/** Where the rooms of a call have started, and when. */
interface Appended {
  readonly now: number
  /** The last number of each room before the call. */
  readonly starts: readonly number[]
}

/** The place of an item's message; `undefined` for an item without one. */
type Placed = NewPlace | undefined

type Finish = (this: void, appended: Appended) => Outcome

/** What `AppendCall` needs. */
export interface AppendCallDeps {
  /** How long a session may be idle; Infinity for no limit. */
  idleMs: number
  limits: Limits
  bounds: StoreBounds
  /** The moment before which the recorded use of an outbox is too old. */
  usedBefore: number
}

/**
 * Writes that only append messages and settle items, in one call of the database, which is also their
 * transaction. It commits all of them, or none where one is not as expected.
 */
export class AppendCall {
  readonly #deps: AppendCallDeps
  readonly #bounds: ChargedBounds
  readonly #users = new Map<string, string | null>()
  readonly #boxes = new Map<string, OpenBox>()
  /** The JSON of the messages of each room, by the room's name. */
  readonly #rooms = new Map<string, { readonly index: number; readonly appended: string[] }>()
  readonly #answers = { outboxes: [] as string[], lastNs: [] as number[], json: [] as string[] }
  readonly #seqs = { answers: [] as number[], rooms: [] as number[], places: [] as number[] }
  readonly #finish: Finish[] = []

  private constructor(deps: AppendCallDeps) {
    this.#deps = deps
    this.#bounds = chargedBounds(deps.bounds)
  }

  /**
   * The call for a group, or for its first writes: those that fit into `commitGroupMs`, and come before
   * one that has to be decided apart, which may be the very first. `undefined` if a call is not enough.
   */
  static of(group: readonly Write[], deps: AppendCallDeps): AppendCall | undefined {
    const call = new AppendCall(deps)
    const end = performance.now() + deps.limits.commitGroupMs
    for (const write of group) {
      const added = call.#add(write)
      if (added === 'apart') break
      if (!added) {
        call.#bounds.giveBack()
        return undefined
      }
      if (performance.now() >= end) break
    }
    return call
  }

  /** Whether it has nothing to run. */
  get isEmpty(): boolean {
    return this.#finish.length === 0
  }

  /** The rooms that get messages. */
  get rooms(): Iterable<string> {
    return this.#rooms.keys()
  }

  /** Resolves with the outcomes and the database's time, or with `undefined` if nothing was done. */
  async run(query: Query): Promise<{ now: number; outcomes: Outcome[] } | undefined> {
    let isDone = false
    try {
      const [row] = await query<{ done: string | null }>(statement, this.#values(), 'append')
      if (row?.done == null) return undefined
      isDone = true
      const [now, starts] = JSON.parse(row.done) as [number, number[] | null] // as the function makes it
      const appended = { now, starts: starts ?? [] }
      return { now, outcomes: this.#finish.map((finish) => finish(appended)) }
    } finally {
      if (!isDone) this.#bounds.giveBack()
    }
  }

  /** Returns false, or `apart` and has no effect, for what is decided by `settleDelivery()` instead. */
  #add({ name, input }: Write): boolean | 'apart' {
    if (name === 'append') return this.#addAppend(input as WriteInput<'append'>)
    return name === 'deliver' && this.#addDelivery(input as Delivery)
  }

  #addAppend({ append, session }: WriteInput<'append'>): boolean {
    if (typeof append.room !== 'string') return false
    const { places, refusal } = this.#placesOf([append], session?.id)
    const [place] = places
    if (!place) {
      this.#finish.push(() => ({ error: refusal }))
      return true
    }
    if (session && !this.#addSession(session)) return false
    this.#finish.push((appended) => ({ value: placeIn(appended, place) }))
    return true
  }

  #addDelivery({ session, outbox, items, before }: Delivery): boolean | 'apart' {
    const [first] = items
    if (!first || before.isForked || !items.every(isPlain)) return false
    const { places } = this.#placesOf(
      items.map((item) => (item.kind === 'append' ? item.append : undefined)),
      session.id,
    )
    const last = items[places.length - 1]
    if (!last) return 'apart' // a limit refuses the first item, which may have been settled before
    if (!this.#addSession(session)) return false
    if (!this.#addBox(outbox, session.id, { firstN: first.n, before: before.key, last }))
      return false
    this.#addAnswers(outbox, items.slice(0, places.length), places)
    this.#finish.push((appended) => ({ value: outcomeOf(places, appended) }))
    return true
  }

  /** Notes the answers of a packet's items. */
  #addAnswers(outbox: string, items: readonly DeliveryItem[], places: readonly Placed[]): void {
    this.#answers.outboxes.push(outbox)
    this.#answers.lastNs.push(items.at(-1)?.n ?? 0)
    const answer = this.#answers.json.push(JSON.stringify(items.map(keptOf)))
    for (const place of places) {
      if (!place) continue
      this.#seqs.answers.push(answer)
      this.#seqs.rooms.push(place.room)
      this.#seqs.places.push(place.place)
    }
  }

  #addSession({ id, userId }: SessionUser): boolean {
    if (typeof id !== 'string') return false
    const known = this.#users.get(id)
    if (known !== undefined && known !== userId) return false
    this.#users.set(id, userId)
    return true
  }

  /** Adds an outbox, or the next packet of one that was added. */
  #addBox(
    id: string,
    sessionId: string,
    { firstN, before, last }: { firstN: number; before: string | undefined; last: NumberedItem },
  ): boolean {
    if (typeof id !== 'string') return false
    const known = this.#boxes.get(id)
    const end = { lastN: last.n, lastKey: last.key }
    if (!known) {
      this.#boxes.set(id, { sessionId, firstN, before: before ?? null, ...end })
      return true
    }
    const isNext = known.sessionId === sessionId && known.lastN + 1 === firstN
    if (!isNext || (before !== undefined && before !== known.lastKey)) return false
    Object.assign(known, end)
    return true
  }

  /** Gives messages their places, up to the first one that a limit refuses; the rest is sent again. */
  #placesOf(
    appends: readonly (Append | undefined)[],
    sessionId: string | undefined,
  ): { places: Placed[]; refusal?: CommandError } {
    const places: Placed[] = []
    for (const append of appends) {
      try {
        places.push(append && this.#place(append, sessionId))
      } catch (refusal) {
        if (!isCommandError(refusal)) throw refusal
        return { places, refusal }
      }
    }
    return { places }
  }

  /** @throws {CommandError} `rate_limited`, `store_full` */
  #place({ room: name, message }: Append, sessionId: string | undefined): NewPlace {
    const json = JSON.stringify(message)
    this.#bounds.requireSpace()
    if (sessionId !== undefined) this.#bounds.takeBytes(sessionId, Buffer.byteLength(json))
    const room = this.#rooms.get(name) ?? { index: this.#rooms.size + 1, appended: [] }
    this.#rooms.set(name, room)
    return { room: room.index, place: room.appended.push(json) }
  }

  #values(): unknown[] {
    const { idleMs, usedBefore } = this.#deps
    const boxes = [...this.#boxes]
    const rooms = [...this.#rooms]
    const messages = { rooms: [] as number[], lasts: [] as number[], json: [] as string[] }
    for (const [, { index, appended }] of rooms) {
      let last = 0
      for (const { json, count } of joinMessages(appended)) {
        last += count
        messages.rooms.push(index)
        messages.lasts.push(last)
        messages.json.push(json)
      }
    }
    const surplus = this.#surplus(boxes)
    return [
      ...[[...this.#users.keys()], [...this.#users.values()]],
      Number.isFinite(idleMs) ? idleMs : null,
      ...[boxes.map(([id]) => id), boxes.map(([, box]) => box.sessionId)],
      ...[boxes.map(([, box]) => box.firstN), boxes.map(([, box]) => box.before)],
      ...[boxes.map(([, box]) => box.lastN), boxes.map(([, box]) => box.lastKey)],
      usedBefore,
      ...[rooms.map(([name]) => name), rooms.map(([, { appended }]) => appended.length)],
      ...[messages.rooms, messages.lasts, messages.json],
      ...[this.#answers.outboxes, this.#answers.lastNs, this.#answers.json],
      ...[this.#seqs.answers, this.#seqs.rooms, this.#seqs.places],
      ...[surplus.outboxes, surplus.lastNs],
    ]
  }

  /** The answers beyond the limit, of outboxes that have advanced by a step. */
  #surplus(boxes: readonly (readonly [string, OpenBox])[]) {
    const surplus = { outboxes: [] as string[], lastNs: [] as number[] }
    for (const [id, { firstN, lastN }] of boxes) {
      const lastSurplus = lastSurplusN(firstN - 1, lastN, this.#deps.limits)
      if (lastSurplus === undefined) continue
      surplus.outboxes.push(id)
      surplus.lastNs.push(lastSurplus)
    }
    return surplus
  }
}

const statement = `select yektayar.append(${Array.from({ length: 23 }, (_, index) => `$${index + 1}`).join(', ')}) as done`

function placeIn({ now, starts }: Appended, { room, place }: NewPlace): Place {
  return { seq: (starts[room - 1] ?? 0) + place, at: now }
}

function outcomeOf(places: readonly Placed[], appended: Appended): DeliveryOutcome {
  const items = places.map((place): ItemOutcome =>
    place ? { kind: 'appended', ...placeIn(appended, place) } : { kind: 'settled' },
  )
  return { items, isForked: false, isPending: false }
}

/** Whether an item needs nothing but its place, and has the name of a room that can be one. */
function isPlain(item: DeliveryItem): boolean {
  if (item.kind === 'append') return typeof item.append.room === 'string'
  return item.kind === 'skip'
}

/** The answer of an item; that of a message gets its number from the row. */
function keptOf(item: DeliveryItem): Pick<KeptAnswer, 'n' | 'key'> {
  const { n, key, kind } = item
  return kind === 'append' ? { n, key } : ({ n, key, ok: true } as KeptAnswer)
}
