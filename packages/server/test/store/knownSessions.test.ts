import { afterEach, describe, expect, it, vi } from 'vitest'
import { createPostgresKnownSessions } from '../../src/store/postgres/postgresKnownSessions.js'
import type { Query } from '../../src/store/postgres/query.js'
import type { Store } from '../../src/store/store.js'
import { begin, kinds, openStores } from '../support/openStores.js'
import { queryPostgres } from '../support/queryPostgres.js'
import { range } from '../support/range.js'

async function knows({ knownSessions }: Store, sessionId: string, account: string) {
  return (await knownSessions.find(sessionId))?.knows(account) ?? false
}

let changes = 0

async function changeUser(store: Store, id: string, userId: string | null): Promise<string> {
  const session = await store.sessions.changeUser(id, { userId, tokenHash: `c-${++changes}` })
  store.knownSessions.continued(id, session.id)
  return session.id
}

describe.each(kinds)('sessions that have signed in before, in %s', (kind) => {
  it('are known by the accounts, also when they continue under another id', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const [{ id }, other] = [await begin(store), await begin(store)]
    expect(await store.knownSessions.find(id)).toBeUndefined()
    await store.knownSessions.add(id, 'sara')
    const device = await store.knownSessions.find(id)
    const user = await changeUser(store, id, 'sara')
    const anonymous = await changeUser(store, user, null)
    expect((await store.knownSessions.find(anonymous))?.id).toBe(device?.id)
    expect(await knows(store, anonymous, 'sara')).toBe(true)
    expect(await knows(store, anonymous, 'omid')).toBe(false)
    for (const one of [id, user, other.id]) expect(await knows(store, one, 'sara')).toBe(false)
  })

  it('keep the eight accounts that were used last', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const { id } = await begin(store)
    for (const account of [...range(1, 8), 1, 9]) {
      await store.knownSessions.add(id, String(account))
    }
    const kept: number[] = []
    for (const account of range(1, 9)) {
      if (await knows(store, id, String(account))) kept.push(account)
    }
    expect(kept).toEqual([1, 3, 4, 5, 6, 7, 8, 9])
  })
})

describe.runIf(kinds.length > 1)('sessions that have signed in before, in PostgreSQL', () => {
  it('are known to other processes, and after a restart', async () => {
    await using context = await openStores('PostgreSQL')
    const { id } = await begin(context.store)
    const other = await context.open()
    await context.store.knownSessions.add(id, 'sara')
    await context.close(context.store)
    expect(await knows(other.store, id, 'sara')).toBe(true)
  })

  it('are kept as hashes, each as long as its session', async () => {
    await using context = await openStores('PostgreSQL')
    const { store, databaseUrl } = context
    const [one, two] = [await begin(store), await begin(store)]
    for (const { id } of [one, two]) await store.knownSessions.add(id, 'sara')
    const rows = await queryPostgres(databaseUrl, 'select * from yektayar.known_sessions')
    expect(JSON.stringify(rows)).not.toContain('sara')
    const hashes = rows.map(({ accounts }) => (accounts as string[])[0])
    expect(new Set(hashes).size).toBe(2)
    await store.sessions.end([one.id])
    await store.knownSessions.add(one.id, 'sara') // too late
    const left = await queryPostgres(databaseUrl, 'select session_id from yektayar.known_sessions')
    expect(left).toEqual([{ session_id: two.id }])
  })

  it('are given to one device when a session signs in twice at once', async () => {
    await using context = await openStores('PostgreSQL')
    const { store } = context
    const { id } = await begin(store)
    await Promise.all(range(1, 6).map(async (n) => store.knownSessions.add(id, String(n))))
    await store.knownSessions.add(id, 'sara')
    expect(await knows(store, id, 'sara')).toBe(true)
  })
})

describe('the question whether a session has signed in before', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is asked once in a while for one that has not', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    let questions = 0
    let rows: readonly unknown[] = []
    const ask: Query = <Row>() => {
      questions++
      return Promise.resolve(rows as Row[])
    }
    const known = createPostgresKnownSessions(ask, () => Promise.resolve([]))
    for (let nth = 0; nth < 100; nth++) await known.find('one')
    expect(questions).toBe(1)
    await known.find('two')
    expect(questions).toBe(2)
    vi.advanceTimersByTime(2_000)
    await known.find('one')
    expect(questions).toBe(3)
    await known.add('one', 'sara')
    rows = [{ device: 'a', accounts: [] }]
    expect((await known.find('one'))?.id).toBe('a')
  })

  it('does not hide a sign-in that it overlaps', async () => {
    const answers: ((rows: never[]) => void)[] = []
    let isSlow = true
    const row = { device: 'a', accounts: [] }
    const ask: Query = <Row>() =>
      isSlow
        ? new Promise<Row[]>((resolve) => answers.push(resolve))
        : Promise.resolve([row] as Row[])
    const known = createPostgresKnownSessions(ask, () => Promise.resolve([]))
    const asked = known.find('one')
    isSlow = false
    await known.add('one', 'sara')
    for (const answer of answers) answer([])
    expect(await asked).toBeUndefined()
    expect((await known.find('one'))?.id).toBe('a')
  })
})
