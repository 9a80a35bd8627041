/** The public rooms of the demo, by topic. */
export const topics = ['lobby', 'sleep', 'worries'] as const

/** The rooms that the page offers: the public ones, and the user's own. */
export type RoomChoice = (typeof topics)[number] | 'own'

/** The name of a public room on the server, which lets every session into public rooms. */
export function publicRoom(topic: (typeof topics)[number]): string {
  return `public:${topic}`
}
