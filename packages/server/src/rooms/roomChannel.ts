/** The Socket.IO room that contains the members of a room. */
export function roomChannel(room: string): string {
  return `room:${room}`
}
