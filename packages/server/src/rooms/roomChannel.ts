/** Socket.IO's room of those who are in a room of ours. */
export function roomChannel(room: string): string {
  return `room:${room}`
}
