import type { RoomHeads, RoomMessage, RoomPresence, RoomTypingChanged } from '@yektayar/protocol'
import type { Connection } from '../connection/connection.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Session } from '../session/session.js'
import { isReplaced } from '../session/sessionState.js'
import { Emitter } from '../shared/emitter.js'
import type { Unsubscribe } from '../shared/emitter.js'
import type { CallOptions, ResolvedOptions } from '../shared/options.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { RoomEvents } from './clientRoom.js'
import { checkPage } from './checkPage.js'
import { EarlyJoins } from './earlyJoins.js'
import { LiveRoom } from './liveRoom.js'
import type { LiveRoomDeps } from './liveRoom.js'
import { roomOf } from './ownMessages.js'
import { Pacer } from './pacer.js'

/** What the rooms need from their client. */
export interface RoomRegistryDeps {
  readonly options: ResolvedOptions
  readonly connection: Connection
  readonly outbox: Outbox
  readonly session: Session
  readonly events: Emitter
  call(name: string, input: object, options?: CallOptions): Promise<unknown>
}

/** The rooms of a client. Each is leased: it exists while at least one handle has joined it. */
export class RoomRegistry implements LiveRoomDeps {
  readonly client: RoomRegistryDeps
  readonly #rooms = new Map<string, LiveRoom>()
  /** The rooms that this connection has asked the server to join. */
  readonly #entered = new Set<string>()
  readonly #leaving = new Map<string, Promise<unknown>>()
  readonly #emitter = new Emitter()
  readonly #early: EarlyJoins
  readonly #pages = new Pacer()
  /** How many rooms have been created so far. */
  #count = 0

  constructor(client: RoomRegistryDeps) {
    const { connection, outbox, session, events } = client
    this.client = client
    this.#early = new EarlyJoins(events)
    const listen = (name: string, react: (room: LiveRoom, payload: unknown) => void): void => {
      events.on(name, (payload) => {
        const room = this.find(String(propertiesOf(payload).room))
        if (room) react(room, payload)
      })
    }
    // The payloads come from a server with the same contract.
    listen('room:message', (room, message) => {
      room.sync.receive(message as RoomMessage)
    })
    listen('room:presence', (room, event) => {
      room.presence(event as RoomPresence)
    })
    listen('room:typing', (room, event) => {
      room.typing(event as RoomTypingChanged)
    })
    listen('room:left', (room) => {
      room.leave(new YektaYarError('room_forbidden', `${room.name}: no longer allowed`))
    })
    events.on('room:head', (payload) => {
      for (const { room, ...head } of (payload as RoomHeads).heads)
        this.find(room)?.sync.onHead(head)
    })
    connection.state.onChange(({ from, to, reason }) => {
      if (to === 'stopped' && reason === 'session_ended') this.#suspend()
      if (to !== 'connected') this.#entered.clear()
      if (from === 'connected' && to !== from) this.#early.forget()
      outbox.changes.raise() // a join waits for the connection
      for (const room of this.#rooms.values()) {
        if (from === 'connected' && to !== from) room.lost()
        if (to === 'connected' && to !== from && room.isWanted) room.enter()
      }
      if (to === 'connected' && to !== from) this.#leaveUnwanted()
    })
    session.onOver((next) => {
      if (!isReplaced(next)) this.#forget()
    })
    const rename = (): void => {
      for (const room of this.#rooms.values()) room.renamed()
    }
    session.onChange(rename)
    outbox.authorship.onChange = rename
    outbox.onItem = (item) => {
      if (item) this.find(roomOf(item) ?? '')?.sent(item)
      else for (const room of this.#rooms.values()) room.sent()
    }
  }

  get options(): ResolvedOptions {
    return this.client.options
  }

  get outbox(): Outbox {
    return this.client.outbox
  }

  get isConnected(): boolean {
    return this.client.connection.state.status === 'connected'
  }

  get self(): string | null {
    const { id, userId } = this.client.session
    return userId === null ? id && `session:${id}` : `user:${userId}`
  }

  find(name: string): LiveRoom | undefined {
    return this.#rooms.get(name)
  }

  /** Leases a room; the first lease creates it. */
  lease(name: string): LiveRoom {
    const room = this.find(name) ?? new LiveRoom(name, this, ++this.#count)
    room.leases++
    this.#rooms.set(name, room)
    return room
  }

  /** Ends one lease. The last lease leaves the room, unless its join was not sent yet. */
  async release(name: string): Promise<void> {
    const room = this.find(name)
    if (!room || --room.leases) return
    this.#rooms.delete(name)
    const isIn = room.snapshot.state !== 'left'
    room.leave()
    if (!this.#entered.delete(name) || !isIn) return
    const left = this.#leave(name).catch(() => undefined) // messages that still arrive are dropped
    this.#leaving.set(name, left)
    await left
    if (this.#leaving.get(name) === left) this.#leaving.delete(name)
  }

  /**
   * Sends a command of a room. Waits until a pending leave of the room has ended. Only a few pages,
   * and commands that may follow fast, are sent at a time; the wait for a turn does not count towards the timeout.
   *
   * @param isPatient whether to request a page again after `rate_limited`
   */
  async call(
    name: string,
    input: object,
    options?: CallOptions,
    isPatient = false,
  ): Promise<unknown> {
    const room = String(propertiesOf(input).room)
    await this.#leaving.get(room)
    const send = async (): Promise<unknown> => {
      if (name === 'room:history')
        return checkPage(name, await this.client.call(name, input, options))
      if (name !== 'room:join') return this.client.call(name, input, options)
      if (!options?.signal?.aborted) this.#entered.add(room)
      const early = await this.#early.take(input, options)
      return checkPage(name, early ?? (await this.client.call(name, input, options)))
    }
    if (name === 'room:typing') return send() // not queued: sent later, it would be false
    return this.#pages.run({ name, signal: options?.signal, isPatient, send })
  }

  /** The joins that the next connection presents with its token. */
  early(): readonly object[] {
    const rooms = [...this.#rooms.values()].filter((room) => room.isWanted)
    return this.#early.present(rooms.map((room) => room.joinInput))
  }

  emit<Name extends keyof RoomEvents>(room: string, name: Name, payload: RoomEvents[Name]): void {
    this.#emitter.emit(`${name} ${room}`, payload)
  }

  on<Name extends keyof RoomEvents>(
    room: string,
    name: Name,
    listener: (payload: RoomEvents[Name]) => void,
  ): Unsubscribe {
    return this.#emitter.on(`${name} ${room}`, listener as (payload: unknown) => void) // as in `emit()`
  }

  /** Takes its turn among the pages: many rooms that are left together are too much for a server. */
  #leave(room: string): Promise<unknown> {
    const name = 'room:leave'
    const send = async (): Promise<void> => {
      await Promise.resolve() // the running code may join it again
      if (this.#rooms.has(room))
        this.#entered.add(room) // it is joined again: nothing to leave
      else if (this.isConnected) await this.client.call(name, { room })
    }
    return this.#pages.run({ name, signal: undefined, isPatient: true, send })
  }

  /** Leaves the rooms that were joined with the token, and that no handle has joined any more. */
  #leaveUnwanted(): void {
    for (const name of this.#early.rooms) {
      if (!this.#rooms.has(name)) this.#leave(name).catch(() => undefined)
    }
  }

  /**
   * Removes the messages that were read in a session which has ended. On a live connection, the server
   * takes the client out of the rooms that it may not read any more.
   */
  #forget(): void {
    if (this.isConnected) return
    for (const room of this.#rooms.values()) room.forget()
    if (!this.client.connection.isOpen) this.#suspend()
  }

  /** The session has ended for good. */
  #suspend(): void {
    const { error } = this.client.connection.state.snapshot
    for (const room of this.#rooms.values()) room.suspend(error)
  }
}
