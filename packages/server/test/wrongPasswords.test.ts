import { describe, expect, it } from 'vitest'
import { yektayar } from '../src/index.js'
import type { CreateServerOptions } from '../src/index.js'
import { startLoggingApp } from './support/loggingApp.js'
import { startServer } from './support/server.js'
import { emptyStore } from './support/testDatabase.js'

const docs = { username: 'admin', password: 'correct horse' }
const token = 'a-token-for-metrics'

function basic(password: string): string {
  return `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`
}

interface Door {
  options: CreateServerOptions
  url: (context: Awaited<ReturnType<typeof startServer>>) => string
  right: string
  wrong: string
}

const doors: [name: string, door: Door][] = [
  [
    '/api-docs',
    {
      options: { docs },
      url: ({ url }) => `${url}/api-docs/json`,
      right: basic(docs.password),
      wrong: basic('guess'),
    },
  ],
  [
    '/metrics',
    {
      options: { metrics: { token } },
      url: ({ url }) => `${url}/metrics`,
      right: `Bearer ${token}`,
      wrong: 'Bearer guess',
    },
  ],
  [
    '/metrics on a port of its own',
    {
      options: { metrics: { token, port: 0 } },
      url: ({ server }) => server.app.yektayar.metricsUrl ?? '',
      right: `Bearer ${token}`,
      wrong: 'Bearer guess',
    },
  ],
]

describe.each(doors)('wrong passwords at %s', (_name, { options, url, right, wrong }) => {
  async function open() {
    const context = await startServer({ ...options, trustProxy: ['127.0.0.1'] })
    const ask = (authorization: string | undefined, address?: string) =>
      fetch(url(context), {
        headers: {
          ...(authorization !== undefined && { authorization }),
          ...(address !== undefined && { 'x-forwarded-for': address }),
        },
      })
    const statuses = (count: number, authorization?: string) =>
      Promise.all(Array.from({ length: count }, async () => (await ask(authorization)).status))
    return Object.assign(context, { ask, statuses })
  }

  it('are 10 a minute, and after them the right one is not looked at', async () => {
    await using context = await open()
    const found = await context.statuses(100, wrong)
    expect(found.filter((status) => status === 401)).toHaveLength(10)
    expect(found.filter((status) => status === 429)).toHaveLength(90)
    const refusal = await context.ask(right)
    expect(refusal.status).toBe(429)
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refusal.headers.get('www-authenticate')).toBeNull()
    expect(await refusal.json()).toMatchObject({ error: { code: 'rate_limited', retryable: true } })
  })

  it('are not what right ones and none count as', async () => {
    await using context = await open()
    expect(new Set(await context.statuses(30, right))).toEqual(new Set([200]))
    expect(new Set(await context.statuses(30))).toEqual(new Set([401]))
    expect((await context.ask(wrong)).status).toBe(401)
    expect((await context.ask(right)).status).toBe(200)
  })
})

it('wrong passwords of one network count together, and lock out nobody elsewhere', async () => {
  await using context = await startServer({ docs, trustProxy: ['127.0.0.1'] })
  const ask = async (password: string, address: string) => {
    const headers = { authorization: basic(password), 'x-forwarded-for': address }
    return (await fetch(`${context.url}/api-docs/json`, { headers })).status
  }
  for (let count = 0; count < 10; count++) {
    expect(await ask('guess', `2001:db8::${count.toString(16)}`)).toBe(401)
  }
  expect(await ask(docs.password, '2001:db8::ffff')).toBe(429)
  expect(await ask(docs.password, '2001:db8:0:1::1')).toBe(200)
})

it('wrong passwords are logged at intervals, with how many they were', async () => {
  await using app = await startLoggingApp(async (instance) => {
    await instance.register(
      yektayar({
        databaseUrl: await emptyStore(),
        metrics: { token },
        limits: { refusalLogIntervalMs: 50 },
      }),
    )
  })
  const guess = () => fetch(`${app.url}/metrics`, { headers: { authorization: 'Bearer hush' } })
  for (let count = 0; count < 5; count++) await guess()
  const lines = () => app.find('wrong password')
  expect(lines()[0]).toMatchObject({ where: '/metrics', address: '127.0.0.1', count: 1 })
  await expect
    .poll(async () => {
      await guess()
      return app.lines.filter(({ msg }) => msg.includes('password')).length
    })
    .toBeGreaterThan(1)
  const total = app.lines
    .filter(({ msg }) => msg.includes('password'))
    .reduce((sum, { count }) => sum + Number(count), 0)
  expect(total).toBeGreaterThan(2)
  expect(JSON.stringify(app.lines)).not.toContain('hush')
})
