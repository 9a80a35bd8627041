import { MAX_INPUT_DEPTH } from '@yektayar/protocol'
import type { RoomMessage } from '@yektayar/protocol'
import { readPublished } from '@yektayar/protocol/rules'
import type { FakeBackend } from './fakeBackend.js'
import { randomId } from './randomId.js'
import { errorOf } from './refusal.js'

/**
 * Appends a message of a member to a room, as a server's `publish()` does.
 *
 * @throws {YektaYarError} `invalid_input` for data that is not JSON, nested too deep, or does not fit the
 * room, and for an invalid room name; `unknown_room`
 */
export async function publishAs(
  backend: FakeBackend,
  from: string,
  room: string,
  given: unknown,
): Promise<RoomMessage> {
  const read = readPublished(room, given, MAX_INPUT_DEPTH)
  if (!read.ok) {
    const { refusal, issues } = read
    throw errorOf(refusal, issues.length > 0 ? { data: { issues } } : {})
  }
  const data = await backend.parseMessage(room, read.data)
  return backend.append(room, { id: randomId(), from, data })
}
