/** The public rooms of the demo, by what is talked about in them. */
export const topics = ['lobby', 'sleep', 'worries'] as const

/** What somebody can choose to read: a public room, or the one that is theirs alone. */
export type RoomChoice = (typeof topics)[number] | 'own'

/** The name of a public room on the server, which lets every session into those. */
export function publicRoom(topic: (typeof topics)[number]): string {
  return `public:${topic}`
}
