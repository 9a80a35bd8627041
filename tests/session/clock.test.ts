import { join } from 'node:path'
import { memoryStorage, YektaYarSocket } from '@yektayar/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { runProcess } from '../support/runProcess.js'

const HOUR_MS = 60 * 60_000

const cli = join(import.meta.dirname, '../../packages/server/dist/standalone/cli.js')

/** A server in its own process, with a correct clock and sessions of one hour. */
async function startServer() {
  const { PATH } = process.env
  const running = runProcess(process.execPath, [cli], {
    env: {
      PATH,
      DATABASE_URL: 'sqlite::memory:',
      PORT: '0',
      HOST: '127.0.0.1',
      DEMO: 'off',
      SESSION_TTL_DAYS: String(1 / 24),
    },
  })
  const url = await running.printed(/running at (\S+)/)
  return { url, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a client whose clock is wrong', () => {
  it.each([
    ['two hours ahead', 2 * HOUR_MS],
    ['two hours behind', -2 * HOUR_MS],
  ])('by %s keeps its session, and renews it by the server’s time', async (_what, errorMs) => {
    await using server = await startServer()
    const rightNow = Date.now()
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime(rightNow + errorMs)

    const storage = memoryStorage()
    const fetchSpy = vi.fn(fetch)
    for (let visit = 0; visit < 2; visit++) {
      const client = new YektaYarSocket({ url: server.url, storage, fetch: fetchSpy })
      await client.connect()
      await client.ping()
      await client.disconnect()
    }
    expect(fetchSpy).toHaveBeenCalledOnce()
    const stored = await storage.get(`yektayar:session:${server.url}`)
    const { renewAt } = JSON.parse(String(stored)) as { renewAt: number }
    const minutes = (renewAt - rightNow) / 60_000
    expect(minutes).toBeGreaterThan(29)
    expect(minutes).toBeLessThan(35)
  })
})
