import type { Credentials } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { defaultLimits, yektayar } from '../src/index.js'
import type { CreateServerOptions } from '../src/index.js'
import { startLoggingApp } from './support/loggingApp.js'
import { acquire, startServer } from './support/server.js'
import { emptyStore } from './support/testDatabase.js'

const PASSWORD = 'correct horse'

/** A server with its default limits, and functions that sign in from any address. */
async function startDoor(more: CreateServerOptions = {}) {
  const authenticate = vi.fn(({ username, email, phone, password }: Credentials) => {
    const account = email ?? username ?? phone ?? ''
    return password === PASSWORD ? `user-${account}` : null
  })
  const { acquiresPerAddressPerMinute } = defaultLimits
  const context = await startServer({
    authenticate,
    trustProxy: ['127.0.0.1'],
    ...more,
    limits: { acquiresPerAddressPerMinute, ...more.limits },
  })
  const post = async (path: string, token: string, body: object, address?: string) => {
    const response = await fetch(`${context.url}/api/session/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(address !== undefined && { 'x-forwarded-for': address }),
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as {
      token: string
      error?: { data?: object; hint?: string }
    }
    return { status: response.status, headers: response.headers, ...answer }
  }
  return Object.assign(context, {
    authenticate,
    post,
    /** Signs in with a new session for each attempt, as an attacker would. */
    async guess(credentials: Credentials, address?: string) {
      const { token } = await context.server.sessions.acquire()
      const { status } = await post('sign-in', token, credentials, address)
      return status
    },
  })
}

function counted(statuses: readonly number[]) {
  const tally: Record<number, number> = {}
  for (const status of statuses) tally[status] = (tally[status] ?? 0) + 1
  return tally
}

async function oneByOne(count: number, act: (index: number) => Promise<number>) {
  const statuses: number[] = []
  for (let index = 0; index < count; index++) statuses.push(await act(index))
  return counted(statuses)
}

function allAtOnce(count: number, act: (index: number) => Promise<number>) {
  return Promise.all(Array.from({ length: count }, (_, index) => act(index))).then(counted)
}

describe('guesses at one account', () => {
  it.each<[string, (index: number) => Credentials]>([
    ['with a name beside that changes', (n) => ({ email: 'sara@x.org', username: `u${n}` })],
    ['with the name in another field', (n) => ({ [['email', 'username'][n % 2] ?? '']: 'sara' })],
    ['in capitals and spaces', (n) => ({ username: `${' '.repeat(n)}${n % 2 ? 'SARA' : 'sara'}` })],
    ['in wide letters', (n) => ({ username: n % 2 ? 'ｓａｒａ' : 'sara' })],
    ['with letters that have no shape', (n) => ({ username: `sa${'\u200b'.repeat(n)}ra` })],
    [
      'with a number in groups',
      (n) => ({ phone: ['+98 912 1', '00989121', '۹۸۹۱۲۱'][n % 3] ?? '' }),
    ],
    [
      'with a number and other names',
      (n) => ({ phone: '+989121', username: `u${n}`, email: `${n}@x` }),
    ],
  ])('from one address are 5 a minute: %s', async (_how, credentials) => {
    await using context = await startDoor()
    const guess = (index: number) => context.guess({ ...credentials(index), password: 'wrong' })
    expect(await oneByOne(10, guess)).toEqual({ 401: 5, 429: 5 })
    expect(context.authenticate).toHaveBeenCalledTimes(5)
  })

  it('do not pass together when they come at once', async () => {
    await using context = await startDoor()
    expect(await allAtOnce(50, () => context.guess({ username: 'sara' }))).toEqual({
      401: 5,
      429: 45,
    })
  })

  it('from all addresses are 10 a minute', async () => {
    await using context = await startDoor()
    const guess = (index: number) => context.guess({ username: 'sara' }, `203.0.113.${index}`)
    expect(await oneByOne(30, guess)).toEqual({ 401: 10, 429: 20 })
  })

  it('from all addresses are 50 an hour', async () => {
    await using context = await startDoor({ limits: { signInsPerAccountPerMinute: 1_000 } })
    const guess = (index: number) => context.guess({ username: 'sara' }, `203.0.113.${index}`)
    expect(await oneByOne(60, guess)).toEqual({ 401: 50, 429: 10 })
  })

  it('count as failed when the check throws', async () => {
    await using context = await startDoor({ authenticate: () => Promise.reject(new Error('no')) })
    expect(await oneByOne(8, () => context.guess({ username: 'sara' }))).toEqual({ 500: 5, 429: 3 })
  })

  it('are answered with the time to wait', async () => {
    await using context = await startDoor()
    await oneByOne(5, () => context.guess({ username: 'sara' }))
    const { token } = await context.acquire()
    const { status, headers, error } = await context.post('sign-in', token, { username: 'sara' })
    expect(status).toBe(429)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(error).toMatchObject({ code: 'rate_limited', retryable: true })
    expect(error?.data).toMatchObject({
      retryAfterMs: expect.any(Number) as number,
      limit: 'signInsPerAccountAndAddressPerMinute',
    })
    expect(error?.hint).toContain('signInsPerAccountAndAddressPerMinute')
  })
})

it('a refused guess is in the log by its limit and address, without the account', async () => {
  await using app = await startLoggingApp(async (instance) => {
    await instance.register(
      yektayar({
        databaseUrl: await emptyStore(),
        authenticate: () => null,
      }),
    )
  })
  const { token } = await acquire(app.url)
  for (let count = 0; count < 6; count++) {
    await fetch(`${app.url}/api/session/sign-in`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'sara' }),
    })
  }
  expect(app.find('sign-in refused by a limit')).toMatchObject([
    { address: '127.0.0.1', limit: 'signInsPerAccountAndAddressPerMinute', max: 5 },
  ])
  expect(JSON.stringify(app.lines)).not.toContain('sara')
})

describe('guesses from one place', () => {
  const network = (index: number) => `2001:db8:1:2:${index.toString(16)}::${index.toString(16)}`

  it('are 30 a minute, whatever the accounts and the addresses in one network of IPv6', async () => {
    await using context = await startDoor()
    const guess = (index: number) => context.guess({ username: `u${index}` }, network(index))
    expect(await allAtOnce(50, guess)).toEqual({ 401: 30, 429: 20 })
    expect(await context.guess({ username: 'other' }, '2001:db8:1:3::1')).toBe(401)
  })

  it('count for an account by the network as well', async () => {
    await using context = await startDoor()
    const guess = (index: number) => context.guess({ username: 'sara' }, network(index))
    expect(await oneByOne(10, guess)).toEqual({ 401: 5, 429: 5 })
  })

  it('are 30 a minute where nothing names an account', async () => {
    await using context = await startDoor()
    expect(await oneByOne(40, (n) => context.guess({ login: `u${n}` }))).toEqual({
      401: 30,
      429: 10,
    })
  })

  it('by token are 30 a minute for all its people together, and right ones are not counted', async () => {
    const authenticate = ({ idToken = '' }: Credentials) =>
      idToken.startsWith('right.') ? idToken.slice(6, 20) : null
    await using context = await startDoor({ authenticate })
    const jwt = (start: string) => ({ idToken: start.padEnd(3_000, 'x') })
    const right = (index: number) => context.guess(jwt(`right.user-${String(index)}.`))
    const wrong = (index: number) => context.guess(jwt(`wrong.${String(index)}.`))
    expect(await allAtOnce(100, right)).toEqual({ 200: 100 })
    expect(await oneByOne(35, wrong)).toEqual({ 401: 30, 429: 5 })
    expect(await context.guess(jwt('right.sara.'), '203.0.113.1')).toBe(200)
  })

  it('may bring values of 8,192 characters, and are refused beyond by their path', async () => {
    await using context = await startDoor({ authenticate: () => 'sara' })
    expect(await context.guess({ assertion: 'x'.repeat(8_192) })).toBe(200)
    const { token } = await context.acquire()
    const { status, error } = await context.post('sign-in', token, {
      assertion: 'x'.repeat(8_193),
    })
    expect(status).toBe(400)
    expect(JSON.stringify(error)).toMatch(/assertion.*8192/)
  })

  it('count for the account that accountOf returns, whatever username they send', async () => {
    const accountOf = ({ login = '' }: Credentials) => login
    await using context = await startDoor({ accountOf })
    const guess = (index: number) => context.guess({ login: 'sara', username: `u${index}` })
    expect(await oneByOne(10, guess)).toEqual({ 401: 5, 429: 5 })
  })
})

describe('right credentials', () => {
  it('are never counted, one after the other or at once', async () => {
    await using context = await startDoor()
    const same = () => context.guess({ username: 'sara', password: PASSWORD })
    expect(await oneByOne(60, same)).toEqual({ 200: 60 })
    const school = (index: number) => context.guess({ username: `u${index}`, password: PASSWORD })
    expect(await allAtOnce(200, school)).toEqual({ 200: 200 })
  })
})

describe('the owner of an account under attack', () => {
  async function startUnderAttack() {
    const context = await startDoor()
    const { token } = await context.server.sessions.acquire()
    const right = { username: 'Sara', password: PASSWORD }
    const first = await context.post('sign-in', token, right)
    const out = await context.post('sign-out', first.token, {})
    const attack = async () => {
      await oneByOne(60, () => context.guess({ username: 'sara' }))
      await oneByOne(60, (n) => context.guess({ username: 'sara' }, `203.0.113.${n}`))
      await oneByOne(60, (n) => context.guess({ username: `u${n}` }))
    }
    return Object.assign(context, { right, token: out.token, attack })
  }

  it('still signs in with the session that has done so before', async () => {
    await using context = await startUnderAttack()
    await context.attack()
    expect(await context.guess(context.right)).toBe(429)
    expect((await context.post('sign-in', context.token, context.right)).status).toBe(200)
  })

  it('has 5 failures a minute of their own, which count for nobody else', async () => {
    await using context = await startUnderAttack()
    const wrong = { ...context.right, password: 'wrong' }
    const mistake = async () => (await context.post('sign-in', context.token, wrong)).status
    expect(await oneByOne(8, mistake)).toEqual({ 401: 5, 429: 3 })
    expect(await context.guess(context.right)).toBe(200)
  })

  it('is not somebody who signed in to another account beside this name', async () => {
    await using context = await startDoor()
    const { token } = await context.server.sessions.acquire()
    const own = { email: 'mallory@x.org', username: 'sara', password: PASSWORD }
    const { token: known } = await context.post('sign-in', token, own)
    await oneByOne(20, (n) => context.guess({ username: 'sara' }, `203.0.113.${n}`))
    const { status } = await context.post('sign-in', known, { username: 'sara' })
    expect(status).toBe(429)
  })
})
