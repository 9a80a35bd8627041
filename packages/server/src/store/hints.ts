import type { FastifyBaseLogger } from 'fastify'
import { sql } from 'kysely'
import type { Database } from './sqlite/openDatabase.js'
import { timerMs } from '../shared/timerMs.js'

/** Word of what others have written into the store. It may come late, or twice, but not never. */
export interface Hints {
  /** Calls back when there may be something new; the returned function ends that. */
  subscribe(onNews: () => Promise<void>): () => void
}

/** Hints for the processes that share one SQLite file, which counts the commits of the others. */
export function createFileHints(
  database: Database,
  intervalMs: number,
  log: FastifyBaseLogger,
): Hints & { close(): void } {
  const listeners = new Set<() => Promise<void>>()
  let isLooking = false
  let known: number | undefined

  async function look(): Promise<void> {
    const { rows } = await sql<{ data_version: number }>`
      select data_version from pragma_data_version`.execute(database)
    const version = rows[0]?.data_version
    if (known !== undefined && version !== known) {
      await Promise.all([...listeners].map((onNews) => onNews()))
    }
    known = version
  }

  const lookAgain = (): void => {
    if (isLooking) return
    isLooking = true
    look()
      .catch((error: unknown) => {
        log.debug({ err: error }, 'the store could not be looked at')
      })
      .finally(() => {
        isLooking = false
      })
  }
  lookAgain() // before anything else is read: from here on, nothing is missed
  const timer = setInterval(lookAgain, timerMs(intervalMs))
  timer.unref()

  return {
    subscribe(onNews) {
      listeners.add(onNews)
      return () => listeners.delete(onNews)
    },
    close() {
      clearInterval(timer)
    },
  }
}
