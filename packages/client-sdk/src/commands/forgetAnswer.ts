import type { Socket } from 'socket.io-client'

/**
 * Lets go of an answer that nobody waits for any more, which Socket.IO would otherwise keep until the
 * connection ends. One that comes late is dropped.
 */
export function forgetAnswer(socket: Socket, onAnswer: (answer: unknown) => void): void {
  const { acks } = socket as unknown as { readonly acks?: Record<string, unknown> } // private there
  for (const id in acks) {
    if (acks[id] !== onAnswer) continue
    Reflect.deleteProperty(acks, id)
    return // the oldest come first, which is what times out
  }
}
