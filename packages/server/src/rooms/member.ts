import type { CommandSession } from '../socket/commandContext.js'

/** Who somebody is in a room: a person, however many sessions they have; else one session. */
export function memberOf({ id, userId }: Pick<CommandSession, 'id' | 'userId'>): string {
  return userId === null ? `session:${id}` : `user:${userId}`
}
