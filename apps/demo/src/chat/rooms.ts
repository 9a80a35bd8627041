/** The public rooms of the demo, by topic. */
export const topics = ['lobby', 'sleep', 'worries'] as const

/** The rooms that the page offers: the public ones, and the user's own. */
export type RoomChoice = (typeof topics)[number] | 'own'

/** The name of a user's or a session's own room, which is also who they are in other rooms. */
export type OwnRoom = `user:${string}` | `session:${string}`

/** The name of a public room on the server, which lets every session into public rooms. */
export function publicRoom<Topic extends (typeof topics)[number]>(topic: Topic): `public:${Topic}` {
  return `public:${topic}`
}
