import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { YektaYarSocket } from '@yektayar/client'
import { createServer } from '@yektayar/server'
import { expect, it } from 'vitest'

const CLIENTS = 50
const RETRY_AFTER_MS = 500
const SPREAD_MS = 1_000

const limits = {
  acquiresPerAddressPerMinute: 1_000,
  handshakesPerAddressPerSecond: 1_000,
  handshakeBurstPerAddress: 1_000,
  drainRetryAfterMs: RETRY_AFTER_MS,
  drainReturnsPerSecond: CLIENTS / (SPREAD_MS / 1_000),
}

/** A server with clients, and a successor that will take over its port. */
async function startPair() {
  const directory = await mkdtemp(join(tmpdir(), 'yektayar-draining-'))
  const options = {
    host: '127.0.0.1',
    databaseUrl: `sqlite:${join(directory, 'test.db')}`,
    logLevel: 'silent',
    limits,
  } as const
  const first = await createServer({ ...options, port: 0 })
  const url = await first.listen()
  const second = await createServer({ ...options, port: Number(new URL(url).port) })
  // The clients' own delays are tiny, so the server alone determines the spread.
  const clients = Array.from(
    { length: CLIENTS },
    () => new YektaYarSocket({ url, retryDelayMs: 1, retryDelayMaxMs: 50 }),
  )
  await Promise.all(clients.map((client) => client.connect()))
  return {
    first,
    second,
    clients,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.disconnect()))
      await Promise.all([first.close(), second.close()])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

it('50 clients of a server that closes come back to its successor, spread over the window', async () => {
  await using pair = await startPair()
  const arrivals: number[] = []
  pair.second.io.engine.on('connection', () => arrivals.push(performance.now()))
  const returned = pair.clients.map((client) =>
    client.whenStatus('reconnecting').then(() => client.whenStatus('connected')),
  )
  const closedAt = performance.now()
  await pair.first.close()
  await pair.second.listen()
  await Promise.all(returned)

  expect(arrivals).toHaveLength(CLIENTS)
  const [earliest, latest] = [Math.min(...arrivals), Math.max(...arrivals)]
  expect(earliest - closedAt).toBeGreaterThanOrEqual(RETRY_AFTER_MS)
  expect(latest - earliest).toBeGreaterThan(SPREAD_MS / 2)
}, 30_000)
