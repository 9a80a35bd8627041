import { expect, it } from 'vitest'
import { startLife } from './support/sessionLife.js'

const limits = { commandBurstPerSession: 3, commandsPerSessionPerSecond: 0.01 }

it.each([
  ['GET', ''],
  ['GET', '/all'],
  ['POST', '/renew'],
  ['DELETE', '/00000000-0000-0000-0000-000000000000'],
  ['POST', '/sign-in'],
])('calls of one session over REST are limited: %s %s', async (method, path) => {
  await using context = await startLife({ limits })
  const { token } = await context.acquire()
  const other = await context.acquire()
  const body = path === '/sign-in' ? { username: 'nobody' } : undefined
  const call = (presented: string) => context.call(method, path, presented, body)
  const statuses: number[] = []
  for (let count = 0; count < 3; count++) statuses.push((await call(token)).status)
  expect(statuses).not.toContain(429)
  const refused = await call(token)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused.body).toMatchObject({ error: { code: 'rate_limited', retryable: true } })
  expect((await call(other.token)).status).not.toBe(429)
})

it('a token that was renewed does not make another caller of the session', async () => {
  await using context = await startLife({ limits })
  let { token } = await context.acquire()
  const statuses: number[] = []
  for (let count = 0; count < 5; count++) {
    const { status, body } = await context.call('POST', '/renew', token)
    statuses.push(status)
    token = status === 200 ? body.token : token
  }
  expect(statuses).toEqual([200, 200, 200, 429, 429])
})
