import { sql } from 'kysely'
import type { Limits } from '../shared/limits.js'
import { compileOnce } from '../store/sqlite/compileOnce.js'
import { isOneOf } from '../store/sqlite/isOneOf.js'
import type { Database } from '../store/sqlite/openDatabase.js'
import type { SweepPace } from '../store/sweepPace.js'

/** Rows of one statement. */
const PAGE_SIZE = 100

/** What a sweep of outboxes needs. */
export interface OutboxSweepOptions {
  database: Database
  limits: Limits
  pace: SweepPace
  /** The time by which things are old. */
  now: number
}

/** Removes answers that are too old, and outboxes that outlived their session for long. */
export async function sweepOutboxes({
  database,
  limits,
  pace,
  now,
}: OutboxSweepOptions): Promise<void> {
  await sweepAnswers(database, Math.max(0, now - limits.outboxAnswerAgeMs), pace)
  await sweepForgotten(database, Math.max(0, now - limits.outboxRetentionMs), pace)
}

const runSelectOldAnswers = compileOnce<{ tooOld: number }, { at: number }>((database, value) =>
  database
    .selectFrom('outbox_answers')
    .select('at')
    .where('at', '<=', value('tooOld'))
    .limit(sql.lit(1)),
)

const runDeleteOldAnswers = compileOnce<{ tooOld: number }, { at: number }>((database, value) =>
  database
    .deleteFrom('outbox_answers')
    .where(
      sql<boolean>`(outbox_id, last_n) in (
        select outbox_id, last_n from outbox_answers where at <= ${value('tooOld')}
        order by at limit ${sql.lit(PAGE_SIZE)})`,
    )
    .returning('at'),
)

async function sweepAnswers(database: Database, tooOld: number, pace: SweepPace): Promise<void> {
  while (await pace.next()) {
    if ((await runSelectOldAnswers(database, { tooOld })).length === 0) return
    await database.transaction().execute(async (transaction) => {
      let deleted
      do deleted = await runDeleteOldAnswers(transaction, { tooOld })
      while (deleted.length === PAGE_SIZE && !pace.isUp)
    })
  }
}

interface OutboxPlace {
  readonly id: string
  readonly used_at: number
}

const runSelectUnused = compileOnce<
  { tooOld: number } & OutboxPlace,
  OutboxPlace & { session: string | null }
>((database, value) =>
  database
    .selectFrom('outboxes')
    .leftJoin('sessions', 'sessions.id', 'outboxes.session_id')
    .select(['outboxes.id', 'used_at', 'sessions.id as session'])
    .where('used_at', '<=', value('tooOld'))
    .where(sql<boolean>`(used_at, outboxes.id) > (${value('used_at')}, ${value('id')})`)
    .orderBy('used_at')
    .orderBy('outboxes.id')
    .limit(sql.lit(PAGE_SIZE)),
)

/** An outbox whose session lives is kept, so each page begins after the last one. */
async function sweepForgotten(database: Database, tooOld: number, pace: SweepPace): Promise<void> {
  let last: OutboxPlace = { id: '', used_at: -1 }
  while (await pace.next()) {
    const unused = await runSelectUnused(database, { tooOld, ...last })
    const ids = unused.filter(({ session }) => session === null).map(({ id }) => id)
    if (ids.length > 0) await database.deleteFrom('outboxes').where(isOneOf('id', ids)).execute()
    const end = unused.at(-1)
    if (!end || unused.length < PAGE_SIZE) return
    last = { id: end.id, used_at: end.used_at }
  }
}
