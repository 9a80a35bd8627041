import { randomUUID } from 'node:crypto'
import type { Jsonable, RoomMessage } from '@yektayar/protocol'
import { readPublished } from '@yektayar/protocol/rules'
import { CommandError, commandErrorOf } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import { placeMessage } from '../store/appendedMessages.js'
import type { Store } from '../store/store.js'

/** Sends to one room. */
export interface RoomPublisher {
  /**
   * Appends a message to the room; resolves once it is committed.
   *
   * @throws {CommandError} `invalid_input`, `store_full`, `store_unavailable`
   */
  publish<Data>(data: Jsonable<Data>): Promise<RoomMessage>
}

/** Sends messages from a backend, as ordered and durable as messages of clients. */
export interface Publisher {
  /**
   * Appends a message to a room, from `server`; resolves once it is committed.
   *
   * @throws {CommandError} `invalid_input`, `store_full`, `store_unavailable`
   */
  publish<Data>(this: void, room: string, data: Jsonable<Data>): Promise<RoomMessage>
  /** The room of a user, which all of their sessions may join. */
  toUser(this: void, userId: string): RoomPublisher
  /** The room of a session. */
  toSession(this: void, sessionId: string): RoomPublisher
}

/** Creates the publisher. */
export function createPublisher(
  { rooms, outboxes }: Pick<Store, 'rooms' | 'outboxes'>,
  { maxInputDepth }: Limits,
): Publisher {
  async function publish(room: string, given: unknown): Promise<RoomMessage> {
    const read = readPublished(room, given, maxInputDepth)
    if (!read.ok) {
      const { refusal, issues, cause } = read
      throw commandErrorOf(refusal, { cause, ...(issues.length > 0 && { data: { issues } }) })
    }
    const append = { room, message: { id: randomUUID(), from: 'server', data: read.data } }
    return placeMessage(append, await outboxes.append(append), rooms.epoch)
  }
  const to = (kind: 'user' | 'session', id: unknown): RoomPublisher => ({
    async publish(data) {
      if (typeof id !== 'string' || id === '') {
        throw new CommandError('invalid_input', `This is not the id of a ${kind}`)
      }
      return publish(`${kind}:${id}`, data)
    },
  })
  return {
    publish,
    toUser: (userId) => to('user', userId),
    toSession: (sessionId) => to('session', sessionId),
  }
}
