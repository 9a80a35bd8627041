import type { Jsonable, RoomMessage, RoomPage, RoomReceipt } from '@yektayar/protocol'
import { startDeadline, waitUntil } from '../shared/deadline.js'
import type { Unsubscribe } from '../shared/emitter.js'
import { ROOM_PAGE_SIZE } from '../shared/limits.js'
import { markHandled } from '../shared/markHandled.js'
import type { CallOptions } from '../shared/options.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { ClientRoom, HistoryOptions, RoomEvents, RoomSnapshot } from './clientRoom.js'
import { LiveRoom } from './liveRoom.js'
import { roomFacade } from './roomFacade.js'
import type { RoomRegistry, RoomRegistryDeps } from './roomRegistry.js'

/** Creates a handle on a room; it uses no resources before it joins. */
export function openRoom(name: string, rooms: RoomRegistry): ClientRoom {
  return roomFacade(new RoomHandle(name, rooms))
}

/** A handle on a room, behind its facade. */
class RoomHandle implements ClientRoom {
  readonly name: string
  readonly #rooms: RoomRegistry
  readonly #client: RoomRegistryDeps
  #isLeased = false

  constructor(name: string, rooms: RoomRegistry) {
    this.name = name
    this.#rooms = rooms
    this.#client = rooms.client
  }

  get snapshot(): RoomSnapshot {
    return (this.#rooms.find(this.name) ?? new LiveRoom(this.name, this.#rooms)).snapshot
  }

  get state() {
    return this.snapshot.state
  }

  get isJoined() {
    return this.state === 'joined'
  }

  get error() {
    return this.snapshot.error
  }

  get messages() {
    return this.snapshot.messages
  }

  get hasOlder() {
    return this.snapshot.hasOlder
  }

  get members() {
    return this.snapshot.members
  }

  get typists() {
    return this.snapshot.typists
  }

  get position() {
    return this.snapshot.position
  }

  get continuity() {
    return this.snapshot.continuity
  }

  join(options: CallOptions = {}): Promise<RoomSnapshot> {
    return markHandled(this.#join(options))
  }

  leave(): Promise<void> {
    if (!this.#isLeased) return Promise.resolve()
    this.#isLeased = false
    return this.#rooms.release(this.name)
  }

  send<Data>(data: Jsonable<Data>, options?: CallOptions): Promise<RoomReceipt> {
    const sent = this.#client.outbox.send('room:send', { room: this.name, data }, options)
    return markHandled(sent as Promise<RoomReceipt>) // from a server with the same contract
  }

  on<Name extends keyof RoomEvents>(
    name: Name,
    listener: (payload: RoomEvents[Name]) => void,
  ): Unsubscribe {
    return this.#rooms.on(this.name, name, listener)
  }

  history(options: HistoryOptions = {}): Promise<RoomPage> {
    return markHandled(this.#page(options))
  }

  loadOlder(options: Omit<HistoryOptions, 'before'> = {}): Promise<boolean> {
    return markHandled(this.#loadOlder(options))
  }

  typing(isTyping: boolean): void {
    this.#rooms.find(this.name)?.typed(isTyping)
  }

  async #join({ timeoutMs = this.#client.options.callTimeoutMs, signal }: CallOptions) {
    if (signal?.aborted) throw this.#unjoined('aborted')
    if (!this.#isLeased) this.#rooms.lease(this.name)
    this.#isLeased = true
    const room = this.#rooms.find(this.name)
    if (room?.snapshot.state === 'left') room.enter()
    const deadline = startDeadline(timeoutMs, signal)
    try {
      await waitUntil<undefined>(
        deadline,
        (resolve, reject) => {
          const look = (): void => {
            const { state, error } = this.snapshot
            const { status } = this.#client.connection.state
            if (state === 'joined') resolve(undefined)
            else if (state === 'left') reject(error ?? this.#unjoined('aborted'))
            else if (status === 'idle' || status === 'stopped')
              reject(this.#unjoined('not_connected'))
          }
          const stops = [this.on('change', look), this.#client.connection.state.onChange(look)]
          look()
          return () => {
            for (const stop of stops) stop()
          }
        },
        (code) => this.#unjoined(code),
      )
    } catch (error) {
      if (signal?.aborted) void this.leave()
      throw error
    } finally {
      deadline.end()
    }
    return this.snapshot
  }

  async #page({ before, limit = ROOM_PAGE_SIZE, ...options }: HistoryOptions): Promise<RoomPage> {
    const epoch = this.position?.epoch
    const input = {
      room: this.name,
      limit,
      ...(before !== undefined && { before, ...(epoch !== undefined && { epoch }) }),
    }
    return (await this.#rooms.call('room:history', input, options)) as RoomPage // as above
  }

  async #loadOlder(options: Omit<HistoryOptions, 'before'>): Promise<boolean> {
    const before = this.messages.find(({ seq }) => seq !== null)?.seq
    if (!this.hasOlder || typeof before !== 'number') return false
    const { epoch, messages, more, reset } = await this.#page({ ...options, before })
    // prepend() checks that the page still fits in front of the current messages.
    if (!reset && epoch === this.position?.epoch) this.#put(messages, more)
    return this.hasOlder
  }

  #put(messages: readonly RoomMessage[], hasOlder: boolean): void {
    this.#rooms.find(this.name)?.prepend(messages, hasOlder)
  }

  #unjoined(code: 'timeout' | 'aborted' | 'connection_lost' | 'not_connected'): YektaYarError {
    const hint = code === 'aborted' ? undefined : 'It goes on until leave()'
    const cause = this.error ?? this.#client.connection.state.snapshot.error
    return new YektaYarError(code, `${this.name}: not joined (${code})`, { hint, cause })
  }
}
