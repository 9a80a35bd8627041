/** What tells who somebody is: their session, and the user that it has. */
export interface SessionIdentity {
  readonly id: string
  readonly userId: string | null
}

/** Who somebody is in a room: a person, however many sessions they have; else one session. */
export function memberOf({ id, userId }: SessionIdentity): string {
  return userId === null ? `session:${id}` : `user:${userId}`
}

/**
 * Whether somebody may join, read and send in a room unless the server decides otherwise: `public:…`
 * is for everybody, `session:<id>` and `user:<id>` are for their owner.
 */
export function isOwnOrPublic({ id, userId }: SessionIdentity, room: string): boolean {
  return (
    room.startsWith('public:') ||
    room === `session:${id}` ||
    (userId !== null && room === `user:${userId}`)
  )
}
