import type { SessionEndCode } from '@yektayar/protocol'
import { reachStore } from './reachStore.js'
import type { SessionsOptions } from './sessionListener.js'
import { deleteOver, deleteSessions, selectById } from '../store/sqlite/sessionQueries.js'

/** Ends sessions in the store, and their connections once that is committed. */
export function endIn({ database, listener }: SessionsOptions) {
  return async (ids: readonly string[], code: SessionEndCode): Promise<number> => {
    const resumes = ids.map((id) => listener.suspended(id))
    try {
      const count = await reachStore(() =>
        database.transaction().execute((transaction) => deleteSessions(transaction, ids)),
      )
      for (const id of ids) listener.ended(id, code)
      return count
    } catch (error) {
      for (const resume of resumes) resume()
      throw error
    }
  }
}

/** Removes sessions that are over; those with connections end by their own clock. */
export function sweepIn({ database, clock, sweepClock, limits }: SessionsOptions) {
  return (until?: number): Promise<number> =>
    reachStore(async () => {
      const now = until ?? (await sweepClock.look())
      if (now === undefined) return 0
      const moment = clock.moment(now)
      return database
        .transaction()
        .execute((transaction) => deleteOver(transaction, moment, limits))
    })
}

/**
 * Closes the connections of a session that has expired, unless it was renewed elsewhere. The sweep
 * deletes its row, since the clock of this machine may be wrong.
 */
export function expireIn({ database, clock, listener }: SessionsOptions) {
  return async (id: string): Promise<void> => {
    const renewed = await reachStore(() => selectById(database, id, clock.moment()))
    if (renewed) {
      listener.changed(renewed)
      return
    }
    const resume = listener.suspended(id)
    try {
      const current = await reachStore(() =>
        // With the lock: a renewal that another process has begun is committed by then.
        database
          .transaction()
          .execute((transaction) => selectById(transaction, id, clock.moment())),
      )
      resume()
      if (current) listener.changed(current)
      else listener.ended(id, 'expired')
    } catch (error) {
      resume()
      throw error
    }
  }
}
