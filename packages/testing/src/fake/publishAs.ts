import { MAX_INPUT_DEPTH } from '@yektayar/protocol'
import type { Json, RoomMessage } from '@yektayar/protocol'
import { readPublished } from '@yektayar/protocol/rules'
import type { NewMessage } from './fakeRooms.js'
import { randomId } from './randomId.js'
import { errorOf } from './refusal.js'

/** What appends messages to rooms. */
export interface MessageLog {
  /** @throws {YektaYarError} `invalid_input`, `unknown_room` */
  parseMessage(room: string, data: Json): Promise<Json>
  append(room: string, message: NewMessage): RoomMessage
}

/**
 * Appends a message of a member to a room, as a server's `publish()` does.
 *
 * @throws {YektaYarError} `invalid_input` for data that is not JSON, nested too deep, or does not fit the
 * room, and for an invalid room name; `unknown_room`
 */
export async function publishAs(
  log: MessageLog,
  from: string,
  room: string,
  given: unknown,
): Promise<RoomMessage> {
  return log.append(room, await readMessage(log, from, room, given))
}

/** The message that this would append. Throws like it. */
export async function readMessage(
  log: Pick<MessageLog, 'parseMessage'>,
  from: string,
  room: string,
  given: unknown,
) {
  const read = readPublished(room, given, MAX_INPUT_DEPTH)
  if (!read.ok) {
    const { refusal, issues } = read
    throw errorOf(refusal, issues.length > 0 ? { data: { issues } } : {})
  }
  const data = await log.parseMessage(room, read.data)
  return { id: randomId(), from, data }
}
