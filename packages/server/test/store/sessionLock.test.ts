import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { begin, kinds, openStores } from '../support/openStores.js'
import { queryPostgres } from '../support/queryPostgres.js'

const none = `'{}'`

/** The functions by which a group of commands locks the session `$1` that sends them. */
const functions = [
  [
    'append',
    `select yektayar.append(array[$1], array[null], null, ${Array.from({ length: 6 }, () => none).join()},
       0, ${Array.from({ length: 13 }, () => none).join()}) is not null as "isValid"`,
  ],
  [
    'hold',
    `select yektayar.hold(array[$1], false, null, ${none}, ${none}, ${none})::json ->> 1 is not null
       as "isValid"`,
  ],
] as const

/** A store with a session, and a connection whose transaction uses that session. */
async function openScene() {
  const context = await openStores('PostgreSQL')
  const { databaseUrl, store } = context
  const { id } = await begin(store)
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const isValid = async (text: string): Promise<unknown> =>
    (await client.query<{ isValid: boolean }>(text, [id])).rows[0]?.isValid
  /** What comes first: that the work is done, or that it waits for another transaction. */
  const firstOf = async (work: Promise<unknown>): Promise<string> => {
    const ended = { is: false }
    void work.finally(() => (ended.is = true)).catch(() => undefined)
    for (;;) {
      const waiting = await queryPostgres(
        databaseUrl,
        `select 1 from pg_stat_activity where datname = current_database()
           and cardinality(pg_blocking_pids(pid)) > 0`,
      )
      if (waiting.length > 0) return 'waits'
      if (ended.is) return 'done'
    }
  }
  return {
    ...{ store, databaseUrl, id, client, isValid, firstOf },
    async [Symbol.asyncDispose]() {
      await client.end()
      await context[Symbol.asyncDispose]()
    },
  }
}

describe.runIf(kinds.length > 1).each(functions)('yektayar.%s', (_name, call) => {
  it('keeps its session from being ended before its transaction is', async () => {
    await using scene = await openScene()
    const { store, id, client } = scene
    await client.query('begin')
    expect(await scene.isValid(call)).toBe(true)
    const ended = store.sessions.end([id])
    expect(await scene.firstOf(ended)).toBe('waits')
    await client.query('commit')
    await ended
    expect(await scene.isValid(call)).toBe(false)
  })

  it('waits for one that ends its session, and finds that it has ended', async () => {
    await using scene = await openScene()
    const { databaseUrl, id } = scene
    const other = new pg.Client({ connectionString: databaseUrl })
    await other.connect()
    await other.query('begin')
    await other.query('delete from yektayar.sessions where id = $1', [id])
    const isValid = scene.isValid(call)
    expect(await scene.firstOf(isValid)).toBe('waits')
    await other.query('commit')
    expect(await isValid).toBe(false)
    await other.end()
  })
})
