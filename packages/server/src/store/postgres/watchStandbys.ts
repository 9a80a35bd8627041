import type { FastifyBaseLogger } from 'fastify'
import { timerMs } from '../../shared/timerMs.js'
import type { Query } from './query.js'

/** What `watchStandbys()` needs. */
export interface StandbysDeps {
  query: Query
  intervalMs: number
  log: FastifyBaseLogger
}

interface Standbys {
  /** Standbys that this user may see, and those of which it sees no more than that they are there. */
  readonly seen: number
  readonly hidden: number
  readonly synchronous: number
  /** The setting `synchronous_commit`. */
  readonly waits: string
}

/**
 * What receives the write-ahead log: neither a backup that is being taken, nor a subscriber that reads
 * changes of rows.
 */
const statement = `
  select count(*) filter (where sync_state is not null and state <> 'backup')::int as seen,
    count(*) filter (where sync_state is null)::int as hidden,
    count(*) filter (where sync_state in ('sync', 'quorum'))::int as synchronous,
    current_setting('synchronous_commit') as waits
  from pg_stat_replication
  where pid not in (select active_pid from pg_replication_slots
    where slot_type = 'logical' and active_pid is not null)`

/** Settings with which a commit does not wait for a standby, even for a synchronous one. */
const waitForNone = ['off', 'local']

/**
 * Warns, now and at intervals, while a standby is attached that may lack confirmed commits when it takes
 * over. Returns how to stop.
 */
export async function watchStandbys(deps: StandbysDeps): Promise<() => void> {
  const { intervalMs, log } = deps
  const look = (): Promise<void> =>
    warn(deps).catch((error: unknown) => {
      log.debug({ err: error }, 'could not look for standbys')
    })
  await look()
  const timer = setInterval(() => {
    void look()
  }, timerMs(intervalMs))
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}

async function warn({ query, log }: StandbysDeps): Promise<void> {
  const [found] = await query<Standbys>(statement)
  if (!found) return
  const { seen, hidden, synchronous, waits } = found
  if (hidden > 0) {
    const what =
      'the database has standbys, but its user may not see whether one is synchronous: run "grant pg_monitor to" this user'
    log.warn({ standbys: seen + hidden }, what)
    return
  }
  if (seen === 0 || (synchronous > 0 && !waitForNone.includes(waits))) return
  const what =
    synchronous === 0
      ? 'the database has standbys, and none is synchronous: a failover loses confirmed messages; set synchronous_standby_names'
      : 'commits do not wait for the synchronous standby: a failover loses confirmed messages; set synchronous_commit to on'
  log.warn({ standbys: seen, synchronous, synchronousCommit: waits }, what)
}
