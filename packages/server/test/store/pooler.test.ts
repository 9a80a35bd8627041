import { describe, expect, it } from 'vitest'
import { createServer, OptionError } from '../../src/index.js'
import { kinds, openStores, publish, ROOM, textsOf } from '../support/openStores.js'
import { hasPgBouncer, startPgBouncer } from '../support/startPgBouncer.js'
import { emptyPostgres } from '../support/testDatabase.js'

describe.runIf(hasPgBouncer && kinds.length > 1)('a pooler before PostgreSQL', () => {
  it.each([
    ['transaction', 'pool_mode = transaction'],
    ['transaction, in turn', 'pool_mode = transaction\nserver_round_robin = 1'],
  ])('is refused if it has the mode: %s', async (_mode, settings) => {
    await using pooler = await startPgBouncer(await emptyPostgres(), settings)
    const failure: unknown = await createServer({
      ...{ port: 0, logLevel: 'silent', databaseUrl: pooler.url },
    }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(OptionError)
    expect(String(failure)).toMatch(/a pooler that gives each transaction another connection/)
  })

  it('may give each client a connection of its own', async () => {
    await using pooler = await startPgBouncer(await emptyPostgres(), 'pool_mode = session')
    await using context = await openStores('PostgreSQL', { databaseUrl: pooler.url })
    const other = await context.open()
    other.news.length = 0
    await publish(context.store, 'a')
    expect(await textsOf(other.store)).toEqual(['a'])
    await expect.poll(() => other.news.some(({ rooms }) => rooms?.has(ROOM))).toBe(true)
  })
})
