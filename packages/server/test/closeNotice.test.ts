import { describe, expect, it } from 'vitest'
import { connected, startServer } from './support/server.js'

const limits = { readyNoticeMs: 300 }

async function announce(context: Awaited<ReturnType<typeof startServer>>): Promise<number> {
  const before = performance.now()
  await context.server.announceClose()
  return performance.now() - before
}

describe('a close that is announced', () => {
  it('makes /ready answer 503 and waits for readyNoticeMs, while everything else keeps working', async () => {
    await using context = await startServer({ limits })
    expect((await fetch(`${context.url}/ready`)).status).toBe(200)
    const announced = announce(context)
    const ready = await fetch(`${context.url}/ready`)
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      { error: { code: 'server_draining' } },
    ])
    expect((await fetch(`${context.url}/health`)).status).toBe(200)
    const { token } = await context.acquire()
    const client = await connected(context.client({ auth: { token } }))
    expect(await client.emitWithAck('ping')).toMatchObject({ ok: true })
    expect(await announced).toBeGreaterThan(290)
    expect(client.connected).toBe(true)
    expect((await fetch(`${context.url}/ready`)).status).toBe(503)
  })

  it('waits for nobody where nobody looks', async () => {
    await using context = await startServer({ limits: { readyNoticeMs: 60_000 } })
    expect(await announce(context)).toBeLessThan(10_000)
    expect((await fetch(`${context.url}/ready`)).status).toBe(503)
  })

  it('takes it that somebody looks in production', async () => {
    await using context = await startServer({ limits, environment: 'production' })
    expect(await announce(context)).toBeGreaterThan(290)
  })

  it('takes no time where that is off', async () => {
    const off = { readyNoticeMs: 0 }
    await using context = await startServer({ limits: off, environment: 'production' })
    expect(await announce(context)).toBeLessThan(10_000)
  })
})
