import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { startCounting } from './support/countingServer.js'
import { roomClient, ROOM } from './support/roomClient.js'
import { refused, temporaryDirectory } from './support/server.js'
import { isOnPostgres } from './support/testDatabase.js'

type Counting = Awaited<ReturnType<typeof startCounting>>

describe('the metrics count', () => {
  it('rooms that connections are in, messages, and the commits that these took', async () => {
    await using context = await startCounting()
    const [first, second] = [await roomClient(context), await roomClient(context)]
    await first.join(ROOM)
    await second.join(ROOM)
    await first.join('public:other')
    for (const text of ['a', 'b', 'c']) await first.send(ROOM, text)
    expect(await context.value('yektayar_rooms')).toBe(2)
    expect(await context.value('yektayar_messages_total')).toBe(3)
    const commits = 'yektayar_commit_duration_seconds'
    expect(await context.value(`${commits}_count{outcome="ok"}`)).toBeGreaterThanOrEqual(3)
    expect(await context.value(`${commits}_sum{outcome="ok"}`)).toBeGreaterThan(0)
    await vi.waitFor(async () => {
      expect(await context.value('yektayar_pending_commits')).toBe(0)
    })
  })

  it('transactions that fail', async () => {
    await using context = await startCounting({}, { onMessage: ({ input }) => fail(input) })
    const client = await context.connect()
    await client.emitWithAck('message', 'x')
    const line = 'yektayar_commit_duration_seconds_count{outcome="failed"}'
    expect(await context.value(line)).toBe(1)
  })

  it('what waits for its transaction', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let begun: () => void = () => undefined
    const hasBegun = new Promise<void>((resolve) => (begun = resolve))
    const onMessage = () => {
      begun()
      return held
    }
    await using context = await startCounting({}, { onMessage })
    const client = await context.connect()
    const answers = [1, 2, 3].map((n) => client.emitWithAck('message', n as never))
    await hasBegun
    await vi.waitFor(async () => {
      expect(await context.value('yektayar_pending_commits')).toBeGreaterThanOrEqual(3)
    })
    release()
    await Promise.all(answers)
    await vi.waitFor(async () => {
      expect(await context.value('yektayar_pending_commits')).toBe(0)
    })
  })

  it('the bytes of the store, of its write-ahead log, and what it may have', async () => {
    await using directory = await temporaryDirectory()
    const limits = { maxStoreBytes: 123_456_789 }
    await using context = await startCounting(limits, { databaseUrl: directory.databaseUrl })
    await context.acquire()
    expect(await context.value('yektayar_store_bytes')).toBeGreaterThan(0)
    expect(await context.value('yektayar_store_max_bytes')).toBe(123_456_789)
    const walBytes = (await context.value('yektayar_store_wal_bytes')) ?? -1
    if (isOnPostgres) expect(walBytes).toBe(0)
    else expect(walBytes).toBeGreaterThan(0)
  })

  it('no write-ahead log of a store in memory', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, ':memory:-wal'), 'x')
    await using context = await startCounting()
    expect(await context.value('yektayar_store_wal_bytes')).toBe(0)
  })

  it('failed sign-ins by code, and none that succeeded', async () => {
    const authenticate = ({ username }: { username?: unknown }) => {
      if (username === 'broken') throw new Error('no directory')
      return username === 'sara' ? 'sara' : null
    }
    await using context = await startCounting({ signInsPerAddressPerMinute: 3 }, { authenticate })
    const names = ['sara', 'zahra', 'zahra', 'broken', 'omid']
    const statuses = []
    for (const name of names) statuses.push(await signIn(context, name))
    expect(statuses).toEqual([200, 401, 401, 500, 429])
    const value = (code: string) => context.value(`yektayar_failed_sign_ins_total{code="${code}"}`)
    expect(await value('unauthorized')).toBe(2)
    expect(await value('internal_error')).toBe(1)
    expect(await value('rate_limited')).toBe(1)
    expect(await context.read()).not.toMatch(/sara|zahra|omid/)
  })

  it.each([
    ['transport_close', (context: Counting) => closeTransport(context)],
    ['client_namespace_disconnect', (context: Counting) => disconnect(context)],
    ['server_namespace_disconnect', (context: Counting) => disconnectByServer(context)],
  ])('disconnects by the reason %s', async (reason, act) => {
    await using context = await startCounting()
    await act(context)
    await vi.waitFor(async () => {
      expect(await context.value(`yektayar_disconnects_total{reason="${reason}"}`)).toBe(1)
    })
  })

  it.each([
    ['token_required', (context: Counting) => refused(context.client({ reconnection: false }))],
    ['token_invalid', (context: Counting) => refused(context.client({ auth: { token: 'x' } }))],
    [
      'origin_forbidden',
      (context: Counting) => shake(context, '', { origin: 'https://a.example' }),
    ],
    ['unknown_transport', (context: Counting) => shake(context, '&transport=smoke')],
    ['unknown_sid', (context: Counting) => shake(context, '&transport=polling&sid=gone')],
    [
      'unsupported_protocol_version',
      (context: Counting) => shake(context, '&transport=polling', {}, 3),
    ],
  ])('handshakes that are refused as %s', async (code, act) => {
    await using context = await startCounting()
    await act(context)
    const line = `yektayar_refused_connections_total{code="${code}"}`
    expect(await context.value(line)).toBe(1)
  })

  it('handshakes that a limit refuses', async () => {
    const limits = { handshakeBurstPerAddress: 1, handshakesPerAddressPerSecond: 0.01 }
    await using context = await startCounting(limits)
    for (let count = 0; count < 3; count++) await shake(context, '&transport=polling')
    expect(await context.value('yektayar_refused_connections_total{code="rate_limited"}')).toBe(2)
  })
})

function fail(input: unknown): never {
  throw new Error(`no place for ${String(input)}`)
}

async function signIn(context: Counting, username: string): Promise<number> {
  const { token } = await context.acquire()
  const response = await fetch(`${context.url}/api/session/sign-in`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ username }),
  })
  return response.status
}

function shake({ url }: Counting, query: string, headers: Record<string, string> = {}, EIO = 4) {
  return fetch(`${url}/socket.io/?EIO=${String(EIO)}${query || '&transport=polling'}`, { headers })
}

async function closeTransport(context: Counting) {
  const client = await context.connect()
  client.io.engine.close()
}

async function disconnect(context: Counting) {
  const client = await context.connect()
  client.disconnect()
}

async function disconnectByServer(context: Counting) {
  await context.connect()
  context.server.io.disconnectSockets()
}
