import type { Socket } from 'socket.io-client'

/**
 * Removes the acknowledgement callback of a settled call, which Socket.IO would otherwise keep
 * until the connection ends. A late answer is dropped.
 */
export function forgetAnswer(socket: Socket, onAnswer: (answer: unknown) => void): void {
  const { acks } = socket as unknown as { readonly acks?: Record<string, unknown> } // private
  for (const id in acks) {
    if (acks[id] !== onAnswer) continue
    Reflect.deleteProperty(acks, id)
    return // found early: the oldest come first, and calls that time out are old
  }
}
