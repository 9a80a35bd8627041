import type { Json, RoomJoined, RoomMessage, RoomReceipt } from '@yektayar/protocol'
import type { OutboxItem } from '../outbox/clientOutbox.js'
import type { Sent } from '../session/authorship.js'
import { ROOM_MAX_WAITING, ROOM_PAGE_TIMEOUT_MS, TYPING_REPEAT_MS } from '../shared/limits.js'
import type { CallOptions } from '../shared/options.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { keepSame } from '../shared/readableState.js'
import type { YektaYarError } from '../shared/yektaYarError.js'
import type {
  RoomContinuity,
  RoomEntry,
  RoomEvents,
  RoomSnapshot,
  RoomState,
} from './clientRoom.js'
import { RoomPresence } from './roomPresence.js'
import { RoomSync } from './roomSync.js'
import type { RoomSyncDeps } from './roomSync.js'

/** What a room needs from its client. */
export interface LiveRoomDeps {
  readonly options: RoomSyncDeps['options']
  readonly isConnected: boolean
  call(name: string, input: object, options?: CallOptions, isPatient?: boolean): Promise<unknown>
  /** Call when a snapshot may have changed. */
  changed(): void
  /** Finds the outbox item of a message, if there is one, and marks it as shown. */
  show(message: RoomMessage): OutboxItem | undefined
  isOwn(message: Sent): boolean
  /** The outbox items for the room that the log does not show. */
  pending(room: string): readonly OutboxItem[]
  emit<Name extends keyof RoomEvents>(room: string, name: Name, payload: RoomEvents[Name]): void
}

/** A joined room, or one to join; all handles on the room share it. */
export class LiveRoom implements RoomSyncDeps {
  readonly name: string
  readonly number: number
  readonly #deps: LiveRoomDeps
  readonly #sync: RoomSync
  readonly #presence: RoomPresence
  /** Own messages that the server has confirmed but the log has not reached, by message id. */
  readonly #confirmed = new Map<string, RoomEntry>()
  #state: RoomState = 'left'
  #error: YektaYarError | null = null
  #continuity: RoomContinuity | null = null
  #snapshot: RoomSnapshot | undefined
  #isCurrent = false
  #typedAt = 0

  constructor(name: string, deps: LiveRoomDeps, number = 0) {
    this.name = name
    this.number = number
    this.#deps = deps
    this.#sync = new RoomSync(this)
    this.#presence = new RoomPresence(() => {
      this.changed()
    })
  }

  get options(): RoomSyncDeps['options'] {
    return this.#deps.options
  }

  get isConnected(): boolean {
    return this.#deps.isConnected
  }

  get snapshot(): RoomSnapshot {
    if (!this.#snapshot || !this.#isCurrent) {
      this.#snapshot = keepSame<RoomSnapshot>(this.#snapshot, {
        state: this.#state,
        error: this.#error,
        messages: [
          ...this.#sync.log.entries,
          ...this.#confirmed.values(),
          ...this.#deps.pending(this.name).map(pendingEntry),
        ],
        hasOlder: this.#sync.log.hasOlder,
        members: this.#presence.members,
        typists: this.#presence.typists,
        position: Object.freeze(this.#sync.log.position),
        continuity: Object.freeze(this.#continuity),
      })
      this.#isCurrent = true
    }
    return this.#snapshot
  }

  /** The snapshot of a room that no handle has joined, which is told of no changes. */
  get freshSnapshot(): RoomSnapshot {
    this.#isCurrent = false
    return this.snapshot
  }

  /** Joins, unless it does already; without a connection, it joins after the next connect. */
  enter(): void {
    if (this.#state === 'left') this.setState('joining')
    if (this.isConnected) this.#sync.enter()
  }

  /** Pauses after the connection was lost. */
  lost(): void {
    if (this.#state === 'left') return
    this.#sync.pause()
    this.#presence.pause()
    this.setState('joining')
  }

  /** Leaves the room; with an error, since the server refused it. */
  leave(error?: YektaYarError): void {
    this.#presence.clear()
    this.#sync.stop(error)
  }

  receive(message: RoomMessage): void {
    this.#sync.receive(message)
  }

  onHead(head: { readonly epoch: string; readonly seq: number }): void {
    this.#sync.onHead(head)
  }

  presence(event: RoomEvents['presence']): void {
    this.#presence.applyPresence(event.member, event.isPresent)
    this.#deps.emit(this.name, 'presence', event)
  }

  typing(event: RoomEvents['typing']): void {
    this.#presence.typing(event.from, event.isTyping)
    this.#deps.emit(this.name, 'typing', event)
  }

  /** Tells the others that this user types; repeats are rate limited. */
  typed(isTyping: boolean): void {
    const isDue = isTyping ? Date.now() - this.#typedAt >= TYPING_REPEAT_MS : this.#typedAt > 0
    if (!isDue || this.#state !== 'joined' || !this.isConnected) return
    this.#typedAt = isTyping ? Date.now() : 0
    this.#deps.call('room:typing', { room: this.name, isTyping }).catch(() => undefined) // repeated soon
  }

  /** Applies a change of an outbox item for this room. */
  sent({ id: key, state, input, data }: OutboxItem): void {
    if (state === 'delivered') {
      const { id, seq, epoch, at } = data as RoomReceipt // from a server with the same contract
      const { position } = this.#sync.log
      const isReached = position?.epoch === epoch && seq <= position.seq
      if (!isReached) {
        const message = { id, seq, at, from: null, isOwn: true, data: dataOf(input) }
        this.#confirmed.set(id, entry({ key, state, error: null, ...message }))
      }
      const [oldest] = this.#confirmed.keys()
      if (oldest && this.#confirmed.size > ROOM_MAX_WAITING) this.#confirmed.delete(oldest)
      this.#typedAt = 0 // sending ends typing
    }
    this.changed()
  }

  /** Updates `isOwn` of all entries after the client's own names changed. */
  renamed(): void {
    this.#sync.log.map((each) => {
      const isOwn = this.#deps.isOwn(each)
      return isOwn === each.isOwn ? each : entry({ ...each, isOwn })
    })
    this.changed()
  }

  /** Clears all messages, since another user reads from now on; allowed ones are read again. */
  forget(): void {
    this.#confirmed.clear()
    this.#sync.log.clear()
    this.changed()
  }

  /** Inserts a page of older messages at the front. */
  prepend(messages: readonly RoomMessage[], hasOlder: boolean): void {
    this.#sync.log.prepend(
      messages.map((message) => this.entryOf(message)),
      hasOlder,
    )
    this.changed()
  }

  page(name: string, input: object, signal: AbortSignal): Promise<unknown> {
    return this.#deps.call(name, input, { timeoutMs: ROOM_PAGE_TIMEOUT_MS, signal }, true)
  }

  entryOf(message: RoomMessage): RoomEntry {
    const { id, seq, from, data, at } = message
    const item = this.#deps.show(message)
    const key = this.#confirmed.get(id)?.key ?? item?.id ?? id
    this.#confirmed.delete(id)
    const isOwn = this.#deps.isOwn(message)
    return entry({ key, state: 'delivered', id, seq, from, isOwn, data, at, error: null })
  }

  setState(state: RoomState, error: YektaYarError | null = null): void {
    if (state === this.#state && error === this.#error) return
    this.#state = state
    this.#error = error
    this.options.trace?.({ type: 'room', room: this.number, state, code: error?.code ?? null })
    this.changed()
  }

  onJoinSent(): void {
    this.#presence.awaitMembers()
  }

  onJoined({ members }: RoomJoined, continuity: RoomContinuity): void {
    this.#presence.setMembers(members)
    this.#continuity = continuity
    const { position } = this.#sync.log
    const isReset = continuity.kind === 'reset'
    for (const [id, { seq }] of this.#confirmed) {
      // The message is in the log, or older than the part of the log that is kept here.
      if (isReset || (seq ?? 0) <= (position?.seq ?? 0)) this.#confirmed.delete(id)
    }
    this.setState('joined')
    this.options.trace?.({ type: 'room-joined', room: this.number, ...continuity })
    this.changed()
    if (isReset) this.#deps.emit(this.name, 'reset', { reason: continuity.reason })
    this.#deps.emit(this.name, 'continuity', continuity)
  }

  onAppended(message: RoomMessage): void {
    this.#presence.stopped(message.from)
    this.changed()
    this.#deps.emit(this.name, 'message', message)
  }

  /** Call when anything in the snapshot may have changed. */
  changed(): void {
    this.#isCurrent = false
    this.#deps.changed()
  }
}

/** The entries of items, so that an entry stays the same object while its item does. */
const pendingEntries = new WeakMap<OutboxItem, RoomEntry>()

function pendingEntry(item: OutboxItem): RoomEntry {
  const { id: key, input, state, queuedAt, error } = item
  const known =
    pendingEntries.get(item) ??
    entry({
      key,
      state: state === 'failed' ? state : 'sending',
      id: null,
      seq: null,
      from: null,
      isOwn: true,
      data: dataOf(input),
      at: new Date(queuedAt).toISOString(),
      error,
    })
  pendingEntries.set(item, known)
  return known
}

function dataOf(input: Json | undefined): Json {
  return propertiesOf(input).data as Json // of `room:send`
}

function entry(fields: RoomEntry): RoomEntry {
  return Object.freeze(fields)
}
