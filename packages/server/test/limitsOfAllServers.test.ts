import { describe, expect, it } from 'vitest'
import { kinds } from './support/openStores.js'
import { queryPostgres } from './support/queryPostgres.js'
import { range } from './support/range.js'
import { startServer } from './support/server.js'
import { emptyPostgres } from './support/testDatabase.js'

type Context = Awaited<ReturnType<typeof startServer>>

/** Two servers on one database. */
async function start(limits: Record<string, number>) {
  const databaseUrl = await emptyPostgres()
  const authenticate = ({ password }: { password?: string }) =>
    password === 'right' ? 'sara' : null
  const options = { databaseUrl, authenticate, limits }
  const [first, second] = [await startServer(options), await startServer(options)]
  return {
    ...{ databaseUrl, first, second },
    async [Symbol.asyncDispose]() {
      await first[Symbol.asyncDispose]()
      await second[Symbol.asyncDispose]()
    },
  }
}

async function acquire({ url }: Context): Promise<number> {
  return (await fetch(`${url}/api/session/acquire`, { method: 'POST' })).status
}

async function signIn({ server, url }: Context, password: string): Promise<number> {
  const { token } = await server.sessions.acquire()
  const response = await fetch(`${url}/api/session/sign-in`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'sara', password }),
  })
  return response.status
}

function counted(statuses: readonly number[]) {
  const tally: Record<number, number> = {}
  for (const status of statuses) tally[status] = (tally[status] ?? 0) + 1
  return tally
}

function atBoth(
  context: Awaited<ReturnType<typeof start>>,
  work: (one: Context) => Promise<number>,
) {
  const all = [context.first, context.second].flatMap((one) => range(1, 10).map(() => work(one)))
  return Promise.all(all).then(counted)
}

describe.runIf(kinds.length > 1)('two servers on one database', () => {
  it('let as many wrong passwords pass as one of them, however many come at once', async () => {
    await using context = await start({})
    expect(await atBoth(context, (one) => signIn(one, 'wrong'))).toEqual({ 401: 5, 429: 15 })
  })

  it('do not count right passwords, also where they hold the whole limit at the other', async () => {
    await using context = await start({
      ...{ signInsPerAddressPerMinute: 3, signInsPerAccountAndAddressPerMinute: 100 },
      ...{ signInsPerAccountPerMinute: 100 },
    })
    expect(await atBoth(context, (one) => signIn(one, 'right'))).toEqual({ 200: 20 })
  })

  it('know a session that has signed in at the other, whose account is under attack', async () => {
    await using context = await start({})
    const { first, second } = context
    const send = async (one: Context, token: string, route: string, password = 'right') => {
      const response = await fetch(`${one.url}/api/session/${route}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(route === 'sign-in' ? { username: 'sara', password } : {}),
      })
      const answer = (await response.json()) as { token?: string }
      return { status: response.status, token: answer.token ?? '' }
    }
    const { token } = await first.acquire()
    const user = await send(first, token, 'sign-in')
    const before = await send(first, user.token, 'sign-out')
    await atBoth(context, (one) => signIn(one, 'wrong'))
    expect(await signIn(second, 'right')).toBe(429)
    expect((await send(second, before.token, 'sign-in')).status).toBe(200)
  })

  it('let an address acquire as many sessions as one of them', async () => {
    await using context = await start({ acquiresPerAddressPerMinute: 7 })
    expect(await atBoth(context, acquire)).toEqual({ 200: 7, 429: 13 })
  })

  it('let nobody in while attempts cannot be counted', async () => {
    await using context = await start({})
    await queryPostgres(context.databaseUrl, 'alter table yektayar.limits rename to gone')
    expect(await acquire(context.first)).toBe(503)
    expect(await signIn(context.first, 'right')).toBe(503)
  })
})
