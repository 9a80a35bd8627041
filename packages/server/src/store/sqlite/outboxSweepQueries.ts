import { sql } from 'kysely'
import type { OutboxCursor } from '../upkeep.js'
import { compileOnce } from './compileOnce.js'
import { isOneOf } from './isOneOf.js'
import type { Database } from './openDatabase.js'

/** How many rows one statement handles. */
const PAGE_SIZE = 100

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

/** Whether there are answers that are too old. */
export async function hasOldAnswers(database: Database, tooOld: number): Promise<boolean> {
  return (await runSelectOldAnswers(database, { tooOld })).length > 0
}

/** Removes some of the oldest answers. Returns whether there may be more. */
export async function deleteOldAnswers(database: Database, tooOld: number): Promise<boolean> {
  return (await runDeleteOldAnswers(database, { tooOld })).length === PAGE_SIZE
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

/**
 * Removes, from one page of outboxes, those whose session has ended. Returns how many, and the end
 * of the page if there are more. Outboxes of existing sessions stay, so the next page starts after
 * this end.
 */
export async function deleteUnusedOutboxes(
  database: Database,
  tooOld: number,
  { id, usedAt }: OutboxCursor = { id: '', usedAt: -1 },
): Promise<{ count: number; next: OutboxCursor | undefined }> {
  const unused = await runSelectUnused(database, { tooOld, id, used_at: usedAt })
  const ids = unused.filter(({ session }) => session === null).map((outbox) => outbox.id)
  if (ids.length > 0) await database.deleteFrom('outboxes').where(isOneOf('id', ids)).execute()
  const end = unused.at(-1)
  const isLast = !end || unused.length < PAGE_SIZE
  return { count: ids.length, next: isLast ? undefined : { id: end.id, usedAt: end.used_at } }
}
