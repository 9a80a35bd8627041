import type { Json, Jsonable, RoomPage, RoomReceipt } from '@yektayar/protocol'
import { copyInput } from '../shared/copyInput.js'
import { startDeadline, waitUntil } from '../shared/deadline.js'
import type { Unsubscribe } from '../shared/emitter.js'
import { ROOM_PAGE_SIZE } from '../shared/limits.js'
import { markHandled } from '../shared/markHandled.js'
import type { CallOptions } from '../shared/options.js'
import { wrongUse } from '../shared/requireType.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { HistoryOptions, JoinOptions, RoomEvents, RoomSnapshot } from './clientRoom.js'
import { LiveRoom } from './liveRoom.js'
import type { RoomRegistry } from './roomRegistry.js'

/** A handle on a room, behind its facade. It uses no resources before it joins. */
export class RoomHandle {
  readonly name: string
  readonly #rooms: RoomRegistry
  /** The room that it has joined. */
  #room: LiveRoom | undefined
  /** The room while no handle has joined it. */
  #unjoined: LiveRoom | undefined
  /** What to show in the room with the next join. */
  #shown: Json | undefined

  constructor(name: string, rooms: RoomRegistry) {
    this.name = name
    this.#rooms = rooms
  }

  getSnapshot(): RoomSnapshot {
    return (
      this.#rooms.find(this.name)?.snapshot ??
      (this.#unjoined ??= new LiveRoom(this.name, this.#rooms)).freshSnapshot
    )
  }

  onChange(listener: () => void): Unsubscribe {
    return this.#rooms.outbox.onChange(listener)
  }

  get isJoined(): boolean {
    return this.getSnapshot().state === 'joined'
  }

  async leave(): Promise<void> {
    if (!this.#room) return
    this.#room = undefined
    await this.#rooms.release(this.name)
  }

  send<Data>(data: Jsonable<Data>, options?: CallOptions): Promise<RoomReceipt> {
    if (data === undefined)
      return Promise.reject(wrongUse('send: the message is undefined: send null'))
    const sent = this.#rooms.outbox.send('room:send', { room: this.name, data }, options)
    return sent as Promise<RoomReceipt> // from a server with the same contract
  }

  on<Name extends keyof RoomEvents>(
    name: Name,
    listener: (payload: RoomEvents[Name]) => void,
  ): Unsubscribe {
    const names = ['message', 'presence', 'typing', 'reset', 'continuity']
    if (!names.includes(name)) throw wrongUse(`A room has the events ${names.join(', ')}`)
    return this.#rooms.on(this.name, name, listener)
  }

  typing(isTyping: boolean): void {
    this.#rooms.find(this.name)?.typed(isTyping)
  }

  async setPresence(presence: unknown): Promise<void> {
    const { value } = copyInput('setPresence', presence)
    await this.#room?.setPresence(value)
    this.#shown = value
  }

  async join(options?: JoinOptions): Promise<RoomSnapshot> {
    const { timeoutMs = this.#rooms.options.callTimeoutMs, signal, presence } = options ?? {}
    if (signal?.aborted) throw this.#notJoined('aborted')
    const deadline = startDeadline(timeoutMs, signal)
    const before = this.#shown
    try {
      if (presence !== undefined) this.#shown = copyInput('join', presence).value
      const room = (this.#room ??= this.#rooms.lease(this.name))
      const shown = this.#shown !== undefined && markHandled(room.setPresence(this.#shown))
      if (room.snapshot.state === 'left') room.enter()
      await waitUntil<undefined>(
        deadline,
        (resolve, reject) => {
          const look = (): void => {
            const { state, error } = this.getSnapshot()
            if (state === 'joined') resolve(undefined)
            else if (state === 'left') reject(error ?? this.#notJoined('aborted'))
            else if (!this.#rooms.client.connection.isOpen) reject(this.#notJoined('not_connected'))
          }
          const stop = this.onChange(look)
          look()
          return stop
        },
        (code) => this.#notJoined(code),
      )
      await shown
    } catch (error) {
      if ((error as YektaYarError).code === 'invalid_input') this.#shown = before // it is refused
      if (signal?.aborted) void this.leave()
      throw error
    } finally {
      deadline.end()
    }
    return this.getSnapshot()
  }

  async history(given?: HistoryOptions): Promise<RoomPage> {
    const { before, limit = ROOM_PAGE_SIZE, ...options } = given ?? {}
    const epoch = before && this.getSnapshot().position?.epoch
    const input = { room: this.name, limit, before, epoch }
    return (await this.#rooms.call('room:history', input, options)) as RoomPage // as above
  }

  async loadOlder(options: Omit<HistoryOptions, 'before'> = {}): Promise<boolean> {
    const { messages: entries, hasOlder } = this.getSnapshot()
    const before = entries.find(({ seq }) => seq)?.seq
    if (!hasOlder || !before) return false
    const { epoch, messages, more, reset } = await this.history({ ...options, before })
    // prepend() checks that the page still fits in front of the current messages.
    if (!reset && epoch === this.getSnapshot().position?.epoch)
      this.#rooms.find(this.name)?.prepend(messages, more)
    return this.getSnapshot().hasOlder
  }

  #notJoined(code: 'timeout' | 'aborted' | 'connection_lost' | 'not_connected'): YektaYarError {
    const goesOn = code === 'aborted' ? undefined : 'It goes on until leave()'
    const hint = code === 'not_connected' ? 'Call connect() first' : goesOn
    const cause = this.getSnapshot().error ?? this.#rooms.client.connection.state.snapshot.error
    return new YektaYarError(code, `${this.name}: not joined (${code})`, { hint, cause })
  }
}
