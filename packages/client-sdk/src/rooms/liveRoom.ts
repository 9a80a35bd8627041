import type { Json, RoomJoined, RoomMessage, RoomPresence as RoomChange } from '@yektayar/protocol'
import type { OutboxItem } from '../outbox/clientOutbox.js'
import type { Outbox } from '../outbox/outbox.js'
import { ROOM_PAGE_TIMEOUT_MS, TYPING_REPEAT_MS } from '../shared/limits.js'
import type { CallOptions } from '../shared/options.js'
import { now } from '../shared/platform.js'
import { keepSame } from '../shared/readableState.js'
import type { YektaYarError } from '../shared/yektaYarError.js'
import type {
  RoomContinuity,
  RoomEntry,
  RoomEvents,
  RoomSnapshot,
  RoomState,
} from './clientRoom.js'
import { OwnMessages } from './ownMessages.js'
import { OwnPresence } from './ownPresence.js'
import { RoomPresence } from './roomPresence.js'
import type { RoomPresenceDeps } from './roomPresence.js'
import { RoomSync } from './roomSync.js'
import type { RoomSyncDeps } from './roomSync.js'

/** What a room needs from its client. */
export interface LiveRoomDeps {
  readonly options: RoomSyncDeps['options']
  readonly outbox: Outbox
  readonly isConnected: boolean
  /** The id of this client as a member, if it is known. */
  readonly self: string | null
  call(name: string, input: object, options?: CallOptions, isPatient?: boolean): Promise<unknown>
  emit<Name extends keyof RoomEvents>(room: string, name: Name, payload: RoomEvents[Name]): void
}

/**
 * The property `messages` of a snapshot: a getter that calls the hidden field `read`. All snapshots share
 * the getter, since JavaScript engines make a new object shape for each getter.
 */
const lazily: PropertyDescriptorMap & ThisType<{ read(): readonly RoomEntry[] }> = {
  messages: {
    enumerable: true,
    get() {
      return this.read()
    },
  },
  read: { enumerable: false },
}

/** A joined room, or one to join; all handles on the room share it. */
export class LiveRoom implements RoomSyncDeps, RoomPresenceDeps {
  readonly name: string
  readonly number: number
  /** How many handles have joined it. */
  leases = 0
  readonly #deps: LiveRoomDeps
  /** Takes the messages of the room, and the heads of its log. */
  readonly sync: RoomSync
  readonly #presence: RoomPresence
  readonly #ownPresence: OwnPresence
  readonly #own: OwnMessages
  #state: RoomState = 'left'
  #error: YektaYarError | null = null
  #continuity: RoomContinuity | null = null
  #snapshot!: RoomSnapshot // by its getter
  #isCurrent = false
  /** Whether the session has ended while the room was joined. */
  #isSuspended = false
  #typedAt: number | undefined

  constructor(name: string, deps: LiveRoomDeps, number = 0) {
    this.name = name
    this.number = number
    this.#deps = deps
    this.sync = new RoomSync(this)
    this.#presence = new RoomPresence(this)
    this.#ownPresence = new OwnPresence({
      isJoined: () => this.#state === 'joined',
      send: (presence) => deps.call('presence:set', { room: name, presence }, undefined, true),
    })
    this.#own = new OwnMessages(name, deps.outbox)
  }

  get options(): RoomSyncDeps['options'] {
    return this.#deps.options
  }

  get isConnected(): boolean {
    return this.#deps.isConnected
  }

  get shown(): Json | undefined {
    return this.#ownPresence.shown
  }

  isSelf(id: string): boolean {
    return id === this.#deps.self || this.#deps.outbox.authorship.isOwn({ id: null, from: id })
  }

  /** Whether the room is joined with the next connection. */
  get isWanted(): boolean {
    return this.#state !== 'left' || this.#isSuspended
  }

  /** What the next connection joins with. */
  get joinInput(): object {
    return this.sync.joinInput()
  }

  get snapshot(): RoomSnapshot {
    if (!this.#isCurrent) this.#snapshot = keepSame(this.#snapshot, this.#takeFields(), lazily)
    this.#isCurrent = true
    return this.#snapshot
  }

  /** The snapshot of a room that no handle has joined; no changes reach it, so it is taken anew. */
  get freshSnapshot(): RoomSnapshot {
    this.#own.changed()
    this.#isCurrent = false
    return this.snapshot
  }

  /** Joins, unless it does already; without a connection, it joins after the next connect. */
  enter(): void {
    this.#isSuspended = false
    if (this.#state === 'left') this.setState('joining')
    if (this.isConnected) this.sync.enter()
  }

  /** Pauses after the connection was lost. */
  lost(): void {
    if (this.#state === 'left') return
    this.sync.pause()
    this.#presence.pause()
    this.setState('joining')
  }

  /** Leaves the room; with an error, since the server refused it. */
  leave(error: YektaYarError | null = null): void {
    this.#isSuspended = false
    if (error?.code === 'invalid_input') this.#ownPresence.onRefused()
    this.#presence.clear()
    this.sync.stop(error)
  }

  /** The session has ended: nothing of the room is known until there is another one. */
  suspend(error: YektaYarError | null): void {
    if (!this.isWanted) return
    this.leave(error)
    this.#isSuspended = true
  }

  presence(change: RoomChange): void {
    for (const event of this.#presence.applyPresence(change)) {
      this.#deps.emit(this.name, 'presence', event)
    }
  }

  /** Shows something to the others, at the latest with the next join. */
  setPresence(shown: Json): Promise<void> {
    return this.#ownPresence.set(shown)
  }

  typing(event: RoomEvents['typing']): void {
    this.#presence.typing(event.from, event.isTyping)
    this.#deps.emit(this.name, 'typing', event)
  }

  /** Tells the others that this user types; repeats are rate limited. */
  typed(isTyping: boolean): void {
    const passedMs = now() - (this.#typedAt ?? -Infinity)
    const isDue = isTyping ? passedMs >= TYPING_REPEAT_MS : passedMs < Infinity
    if (!isDue || this.#state !== 'joined') return
    this.#typedAt = isTyping ? now() : undefined
    this.#deps.call('room:typing', { room: this.name, isTyping }).catch(() => undefined) // repeated soon
  }

  /** Applies a change of an outbox item for this room; without one, any of them may have changed. */
  sent(item?: OutboxItem): void {
    if (item) {
      this.#own.sent(item, this.sync.log.position)
      if (item.state === 'delivered') this.#typedAt = undefined // sending ends typing
    } else this.#own.changed()
    this.changed()
  }

  /** Updates `isOwn` of all entries after the client's own names changed. */
  renamed(): void {
    this.sync.log.map((each) => {
      const isOwn = this.#deps.outbox.authorship.isOwn(each)
      return isOwn === each.isOwn ? each : Object.freeze({ ...each, isOwn })
    })
    this.#presence.renamed()
    this.changed()
  }

  /** Clears all messages, since another user reads from now on; allowed ones are read again. */
  forget(): void {
    this.#own.clear(Infinity)
    this.sync.log.clear()
    this.changed()
  }

  /** Inserts a page of older messages at the front. */
  prepend(messages: readonly RoomMessage[], hasOlder: boolean): void {
    this.sync.log.prepend(
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
    const key = this.#own.show(message)
    const isOwn = this.#deps.outbox.authorship.isOwn(message)
    return Object.freeze({ key, state: 'delivered', id, seq, from, isOwn, data, at, error: null })
  }

  setState(state: RoomState, error: YektaYarError | null = null): void {
    if (state === this.#state && error === this.#error) return
    this.#state = state
    this.#error = error
    this.options.trace?.({ type: 'room', room: this.number, state, code: error?.code ?? null })
    this.changed()
  }

  onJoinSent(): void {
    this.#ownPresence.onJoinSent()
    this.#presence.awaitMembers()
  }

  onJoined(joined: RoomJoined, continuity: RoomContinuity): void {
    this.#presence.setMembers(joined)
    this.#continuity = continuity
    const isReset = continuity.kind === 'reset'
    // The messages are in the log, or older than the part of the log that is kept here.
    this.#own.clear(isReset ? Infinity : (this.sync.log.position?.seq ?? 0))
    this.setState('joined')
    this.options.trace?.({ type: 'room-joined', room: this.number, ...continuity })
    this.changed()
    if (isReset) this.#deps.emit(this.name, 'reset', { reason: continuity.reason })
    this.#deps.emit(this.name, 'continuity', continuity)
    this.#ownPresence.onJoined()
  }

  onAppended(message: RoomMessage): void {
    this.#presence.stopped(message.from)
    this.changed()
    this.#deps.emit(this.name, 'message', message)
  }

  /** Call when anything in the snapshot may have changed. */
  changed(): void {
    this.#isCurrent = false
    this.#deps.outbox.changes.raise()
  }

  #takeFields(): object {
    const { members, count, typists } = this.#presence
    const { log } = this.sync
    return {
      state: this.#state,
      error: this.#error,
      read: log.read(this.#own.list),
      hasOlder: log.hasOlder,
      members,
      memberCount: count,
      isComplete: members.length === count,
      self: this.#deps.self,
      typists,
      position: Object.freeze(log.position),
      continuity: Object.freeze(this.#continuity),
    }
  }
}
