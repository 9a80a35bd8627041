import type { SessionListener } from './sessionListener.js'

/** Listens to sessions, and counts. */
export interface ChangeCounter extends SessionListener {
  /** As long as it stays the same, what was read of a session still holds. */
  readonly changes: number
  /** Other processes may have changed something in the store. */
  suspect(this: void): void
}

/** Counts what another listener is told. */
export function countChanges(listener: SessionListener): ChangeCounter {
  let changes = 0
  return {
    get changes() {
      return changes
    },
    suspect() {
      changes++
    },
    has: (id, socketId) => listener.has(id, socketId),
    changed(session) {
      changes++
      listener.changed(session)
    },
    moved(id, session, socketId) {
      changes++
      listener.moved(id, session, socketId)
    },
    suspended(id, exceptSocketId) {
      changes++
      return listener.suspended(id, exceptSocketId)
    },
    ended(id, code) {
      changes++
      listener.ended(id, code)
    },
  }
}
