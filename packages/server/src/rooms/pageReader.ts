import type { Limits } from '../shared/limits.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { RateLimit } from '../shared/rateLimit.js'
import type { Connection } from '../socketio/connection.js'
import { PageLane } from './pageLane.js'
import { PageQueues } from './pageQueues.js'
import type { Priced } from './catchUp.js'

/** Every started unit of this many bytes costs as much as one command: one page of the usual limit. */
const UNIT_BYTES = 128 * 1024

/** After a longer wait, the permission to read a page is checked again. */
const RECHECK_MS = 1_000

/** What a page reader needs. */
export interface PageReaderDeps {
  perSession: RateLimit
  limits: Limits
}

/**
 * Reads a page for a connection when its turn comes, and charges its cost to the session.
 *
 * @param check repeats the permission check; called after a long wait
 * @throws {CommandError} `rate_limited` when the queue is full or the wait takes too long
 */
export type PageReader = <Page>(
  connection: Connection,
  read: () => Promise<Priced<Page>>,
  check: () => MaybePromise<void>,
) => Promise<Page>

/** Creates the page reader of a node. */
export function createPageReader({ perSession, limits }: PageReaderDeps): PageReader {
  const queues = new PageQueues(limits)
  const lane = new PageLane(limits)
  return (connection, read, check) =>
    queues.serve(connection, async (waitedMs) => {
      if (waitedMs > RECHECK_MS) await check()
      const { page, bytes } = await lane.read(read)
      // The command itself has paid for the first unit.
      const units = Math.ceil(bytes / UNIT_BYTES) - 1
      if (units > 0) perSession.charge(connection.data.sessionId, units)
      return page
    })
}
