import type { FakeCaller } from './fakeCommands.js'

/** Who somebody is in a room: a person, or a session that is not signed in. */
export function memberOf({ id, userId }: FakeCaller): string {
  return userId === null ? `session:${id}` : `user:${userId}`
}
