import type { StoreBounds } from './storeBounds.js'

/** The bounds as one transaction uses them. */
export interface ChargedBounds extends StoreBounds {
  /** Counts nothing of it any more, since the transaction was rolled back. */
  giveBack(this: void): void
}

/** Notes what a transaction counts, so that it can be given back. */
export function chargedBounds(bounds: StoreBounds): ChargedBounds {
  const bytes: [sessionId: string, bytes: number][] = []
  const rooms: string[] = []
  return {
    ...bounds,
    takeRoom(sessionId) {
      bounds.takeRoom(sessionId)
      rooms.push(sessionId)
    },
    takeBytes(sessionId, count) {
      bounds.takeBytes(sessionId, count)
      bytes.push([sessionId, count])
    },
    giveBack() {
      for (const sessionId of rooms.splice(0)) bounds.giveBackRoom(sessionId)
      for (const [sessionId, count] of bytes.splice(0)) bounds.giveBackBytes(sessionId, count)
    },
  }
}
