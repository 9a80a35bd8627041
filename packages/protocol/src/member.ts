import type { MatchedRoom } from './roomMatcher.js'

/** A session and its user. */
export interface SessionIdentity {
  readonly id: string
  readonly userId: string | null
}

/** The member name of a session in rooms: its user, which all sessions share, or the session. */
export function memberOf({ id, userId }: SessionIdentity): string {
  return userId === null ? `session:${id}` : `user:${userId}`
}

/**
 * Whether a session may join, read and send in a room by default: `public:{topic}` is for everybody,
 * `session:{sessionId}` and `user:{userId}` are for their owner, and an app's own rooms for nobody.
 */
export function isOwnOrPublic(
  { id, userId }: SessionIdentity,
  { pattern, params }: Pick<MatchedRoom, 'pattern' | 'params'>,
): boolean {
  switch (pattern) {
    case 'public:{topic}':
      return true
    case 'session:{sessionId}':
      return params.sessionId === id
    case 'user:{userId}':
      return userId !== null && params.userId === userId
    default:
      return false
  }
}
