import { MAX_INPUT_DEPTH } from '@yektayar/protocol'
import type { RoomMessage } from '@yektayar/protocol'
import { readPublished } from '@yektayar/protocol/rules'
import type { FakeBackend } from './fakeBackend.js'
import { randomId } from './randomId.js'
import { errorOf } from './refusal.js'

/**
 * Appends a message of a member to a room, as a server's `publish()` does.
 *
 * @throws {YektaYarError} `invalid_input` for data that is not JSON or nested too deep, and for an
 * invalid room name
 */
export function publishAs(
  backend: FakeBackend,
  from: string,
  room: string,
  given: unknown,
): RoomMessage {
  const read = readPublished(room, given, MAX_INPUT_DEPTH)
  if (read.ok) return backend.append(room, { id: randomId(), from, data: read.data })
  const { refusal, issues } = read
  throw errorOf(refusal, issues.length > 0 ? { data: { issues } } : {})
}
