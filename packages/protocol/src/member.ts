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
 * Whether a session may join, read and send in a room by default: `public:…` is for everybody,
 * `session:<id>` and `user:<id>` are for their owner.
 */
export function isOwnOrPublic({ id, userId }: SessionIdentity, room: string): boolean {
  return (
    room.startsWith('public:') ||
    room === `session:${id}` ||
    (userId !== null && room === `user:${userId}`)
  )
}
