import type { SessionEndCode } from '@yektayar/protocol'
import { reachStore } from './reachStore.js'
import type { SessionsDeps } from './sessionListener.js'

/** Ends sessions in the store, and their connections once that is committed. */
export function endIn({ store, listener }: SessionsDeps) {
  return async (ids: readonly string[], code: SessionEndCode): Promise<number> => {
    const resumes = ids.map((id) => listener.suspended(id))
    try {
      const count = await reachStore(() => store.sessions.end(ids))
      for (const id of ids) listener.ended(id, code)
      return count
    } catch (error) {
      for (const resume of resumes) resume()
      throw error
    }
  }
}

/** Removes expired sessions. The timer of live sessions ends those with connections. */
export function sweepIn({ store, sweepClock }: SessionsDeps) {
  return (until?: number): Promise<number> =>
    reachStore(async () => {
      const now = until ?? (await sweepClock.look())
      return now === undefined ? 0 : store.upkeep.removeSessions(now)
    })
}

/**
 * Closes the connections of a session that has expired, unless it was renewed elsewhere. The sweep
 * deletes its row, since the clock of this machine may be wrong.
 */
export function expireIn({ store: { sessions }, listener }: SessionsDeps) {
  return async (id: string): Promise<void> => {
    const renewed = await reachStore(() => sessions.find(id))
    if (renewed) {
      listener.changed(renewed)
      return
    }
    const resume = listener.suspended(id)
    try {
      const current = await reachStore(() => sessions.findCommitted(id))
      resume()
      if (current) listener.changed(current)
      else listener.ended(id, 'expired')
    } catch (error) {
      resume()
      throw error
    }
  }
}
