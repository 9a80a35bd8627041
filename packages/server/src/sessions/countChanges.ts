import type { SessionListener } from './sessions.js'

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
    changed(session) {
      changes++
      listener.changed(session)
    },
    suspended(id) {
      changes++
      return listener.suspended(id)
    },
    ended(id, code) {
      changes++
      listener.ended(id, code)
    },
  }
}
