import type { SessionEndCode } from '@yektayar/protocol'
import { reachStore } from './reachStore.js'
import type { SessionsOptions } from './sessionListener.js'
import { deleteOver, deleteSessions, selectById } from './sessionQueries.js'

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
export function sweepIn({ database, clock, limits }: SessionsOptions) {
  return (): Promise<number> =>
    reachStore(async () => {
      const gone = await database
        .transaction()
        .execute((transaction) => deleteOver(transaction, clock.moment(), { limits }))
      return gone.length
    })
}

/** Ends a session where it is over in the store; otherwise its connections go on. */
export function expireIn({ database, clock, listener, limits }: SessionsOptions) {
  return async (id: string): Promise<void> => {
    const renewed = await reachStore(() => selectById(database, id, clock.moment()))
    if (renewed) {
      listener.changed(renewed)
      return
    }
    const resume = listener.suspended(id)
    try {
      const current = await reachStore(() =>
        database.transaction().execute(async (transaction) => {
          const moment = clock.moment()
          await deleteOver(transaction, moment, { ids: [id], limits })
          return selectById(transaction, id, moment)
        }),
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
