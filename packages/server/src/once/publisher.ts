import { randomUUID } from 'node:crypto'
import type { AnyContract, CoreContract, Json, Jsonable, RoomMessage } from '@yektayar/protocol'
import { readPublished } from '@yektayar/protocol/rules'
import type { AppServices } from '../context/appContext.js'
import type { RoomCatalog } from '../rooms/roomCatalog.js'
import { CommandError, commandErrorOf } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import { isPromise } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { placeMessage } from '../store/appendedMessages.js'
import type { Append, Place } from '../store/delivery.js'
import type { Store } from '../store/store.js'

/** Sends to one room. */
export interface RoomPublisher {
  /**
   * Appends a message to the room; resolves once it is committed.
   *
   * @throws {CommandError} `invalid_input`, `unknown_room` for an id that leads to a room of another
   * pattern, `store_full`, `store_unavailable`
   */
  publish<Data>(data: Jsonable<Data>): Promise<RoomMessage>
}

/** Sends messages from a backend, as ordered and durable as messages of clients. */
export interface Publisher<Contract extends AnyContract = CoreContract> extends Pick<
  AppServices<Contract>,
  'publish'
> {
  /** The room of a user, which all of their sessions may join. */
  toUser(this: void, userId: string): RoomPublisher
  /** The room of a session. */
  toSession(this: void, sessionId: string): RoomPublisher
}

const patterns = { user: 'user:{userId}', session: 'session:{sessionId}' } as const

/** What publishing needs. */
export interface PublishDeps {
  /** Writes a message, in a transaction of its own or in an open one. */
  append(this: void, append: Append): Promise<Place>
  /** The epoch of the store. */
  epoch: string
  catalog: RoomCatalog
  limits: Limits
}

/** `publish` for any contract, which types it for apps. */
type UntypedPublish = (room: string, data: unknown) => Promise<RoomMessage>

/** Creates the function that appends messages from the server itself. */
export function createPublish({
  append: write,
  epoch,
  catalog,
  limits: { maxInputDepth },
}: PublishDeps): UntypedPublish {
  /** The last check of each room by an asynchronous schema, so that messages stay in their order. */
  const checks = new Map<string, Promise<unknown>>()

  function check(room: string, given: unknown): MaybePromise<Json> {
    const read = readPublished(room, given, maxInputDepth)
    if (read.ok) return catalog.parseMessage(room, read.data)
    const { refusal, issues, cause } = read
    throw commandErrorOf(refusal, { cause, ...(issues.length > 0 && { data: { issues } }) })
  }

  async function append(room: string, data: Json): Promise<RoomMessage> {
    const message = { room, message: { id: randomUUID(), from: 'server', data } }
    return placeMessage(message, await write(message), epoch)
  }

  return async (room: string, given: unknown): Promise<RoomMessage> => {
    const data = check(room, given)
    const before = checks.get(room)
    if (!before && !isPromise(data)) return append(room, data)
    const checked = Promise.resolve(before).then(() => data)
    const done = checked
      .catch(() => undefined) // its own caller gets the error
      .finally(() => {
        if (checks.get(room) === done) checks.delete(room)
      })
    checks.set(room, done)
    return append(room, await checked)
  }
}

/** Creates the publisher. */
export function createPublisher(
  { rooms, outboxes }: Pick<Store, 'rooms' | 'outboxes'>,
  catalog: RoomCatalog,
  limits: Limits,
): Publisher<AnyContract> {
  const { epoch } = rooms
  const publish = createPublish({
    append: (append) => outboxes.append(append),
    epoch,
    catalog,
    limits,
  })
  const to = (kind: 'user' | 'session', id: unknown): RoomPublisher => ({
    async publish(data) {
      if (typeof id !== 'string' || id === '') {
        throw new CommandError('invalid_input', `This is not the id of a ${kind}`)
      }
      const room = `${kind}:${id}`
      catalog.require(room, patterns[kind])
      return publish(room, data)
    },
  })
  return {
    publish,
    toUser: (userId) => to('user', userId),
    toSession: (sessionId) => to('session', sessionId),
  }
}
