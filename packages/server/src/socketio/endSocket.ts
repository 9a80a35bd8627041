import type { Duplex } from 'node:stream'
import { timerMs } from '../shared/timerMs.js'

/**
 * Sends the last bytes over a bare socket and closes it. A peer that does not close its half within
 * the grace period is cut: Node itself would keep a half-open socket for good.
 */
export function endSocket(socket: Duplex, bytes: string, graceMs: number): void {
  if (socket.destroyed) return
  socket.on('error', ignoreError)
  socket.resume() // the peer's end is only noticed while reading
  destroyAfter(socket, graceMs)
  socket.end(bytes)
}

/** Destroys a socket after a time, unless it has closed or `isKept` returns true by then. */
export function destroyAfter(socket: Duplex, ms: number, isKept = (): boolean => false): void {
  const timer = setTimeout(() => {
    if (!isKept()) socket.destroy()
  }, timerMs(ms))
  socket.once('close', () => {
    clearTimeout(timer)
  })
}

/**
 * A listener for `error`. Node removes its own from a socket that asks for an upgrade; without one,
 * a reset by the peer would be an uncaught exception. The socket closes by itself after an error.
 */
export function ignoreError(): void {
  // nothing to do
}
