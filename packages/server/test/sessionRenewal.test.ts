import type { AcquiredSession } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { next, startLife } from './support/sessionLife.js'

describe('renewing', () => {
  it.each(['REST', 'a live connection'])(
    'over %s gives the same session a new token',
    async (way) => {
      await using context = await startLife()
      const { token } = await context.acquire()
      const before = await context.call('GET', '', token)
      let renewed: AcquiredSession
      if (way === 'REST') {
        renewed = (await context.call('POST', '/renew', token)).body
      } else {
        const client = await context.connect(token)
        renewed = await new Promise<AcquiredSession>((resolve, reject) => {
          client.emit('session:renew', (answer) => {
            if (answer.ok) resolve(answer.data)
            else reject(new Error(answer.error.message))
          })
        })
        expect(await client.timeout(1_000).emitWithAck('status')).toMatchObject({
          data: { connection: { sessionToken: renewed.token } },
        })
        expect(client.connected).toBe(true)
      }
      expect(renewed.token).not.toBe(token)
      const after = await context.call('GET', '', renewed.token)
      expect(after.body.id).toBe(before.body.id)
    },
  )

  it('lets the old token go on for 60 s, then not', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    await context.call('POST', '/renew', token)
    const start = Date.now()
    vi.useFakeTimers({ now: start + 59_000, toFake: ['Date'] })
    expect((await context.call('GET', '', token)).status).toBe(200)
    vi.setSystemTime(start + 61_000)
    const { status, body } = await context.call('GET', '', token)
    vi.useRealTimers()
    expect({ status, body }).toMatchObject({
      status: 401,
      body: { error: { code: 'token_invalid' } },
    })
  })

  it('moves the end of the session, also for its connections', async () => {
    await using context = await startLife({ sessionTtlDays: 2 / 86_400 })
    const { token } = await context.acquire()
    const client = await context.connect(token)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const renewed = await context.call('POST', '/renew', token)
    const renewedAt = Date.now()
    await next(client, 'disconnect')
    expect(Date.now() - renewedAt).toBeGreaterThan(1_800)
    expect((await context.call('GET', '', renewed.body.token)).status).toBe(401)
  })

  it('by two tabs at once leaves both with a token that works', async () => {
    await using context = await startLife()
    const { token } = await context.acquire()
    const tabs = await Promise.all([1, 2].map(() => context.call('POST', '/renew', token)))
    for (const { body } of tabs) {
      expect((await context.call('GET', '', body.token)).status).toBe(200)
    }
  })

  it('again and again never keeps more tokens than the limit', async () => {
    await using context = await startLife({ limits: { maxTokensPerSession: 3 } })
    const first = await context.acquire()
    const tokens = [first.token]
    for (let round = 0; round < 5; round++) {
      const { body } = await context.call('POST', '/renew', tokens.at(-1) ?? '')
      tokens.push(body.token)
    }
    const statuses = await Promise.all(
      tokens.map(async (token) => (await context.call('GET', '', token)).status),
    )
    expect(statuses).toEqual([401, 401, 401, 200, 200, 200])
  })
})
