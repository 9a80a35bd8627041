import { coreContract, extendContract } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { Limits } from '../src/index.js'
import { startCounting } from './support/countingServer.js'
import { kinds } from './support/openStores.js'
import { startRelay } from './support/relay.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'
import { emptyPostgres } from './support/testDatabase.js'

const contract = extendContract(coreContract, { events: { 'case:closed': z.string() } })
const SILENT_MS = 1_500

/** A server that can lose its database, another one beside it that cannot, and a client of the first. */
async function openScene(ownLimits: Partial<Limits> = {}) {
  const databaseUrl = await emptyPostgres()
  const relay = await startRelay(databaseUrl)
  const limits = { storeSilentMs: SILENT_MS, databaseBusyTimeoutMs: 500, ...ownLimits }
  const context = await startServer({ contract, databaseUrl: relay.url, limits })
  const near = await startServer({ contract, databaseUrl })
  const client = await roomClient(context)
  await client.join(ROOM)
  /** What arrives at the client, and how its connection was lost. */
  const heard: string[] = []
  let members = 0
  client.socket.onAny((name: string) => heard.push(name))
  client.socket.on('room:presence', ({ memberCount }) => (members = memberCount))
  client.socket.on('disconnect', (reason) => heard.push(reason))
  const other = await roomClient(context)
  await other.join(ROOM)
  await expect.poll(() => members, { timeout: 5_000 }).toBe(2)
  heard.length = 0
  const isReady = async () => (await fetch(`${context.url}/ready`)).status === 200
  const whenFenced = () =>
    vi.waitFor(
      async () => {
        const handshake = await fetch(`${context.url}/socket.io/?EIO=4&transport=polling`)
        expect(handshake.status).toBe(503)
      },
      { timeout: 10_000, interval: 50 },
    )
  const whenReady = () => expect.poll(isReady, { timeout: 15_000, interval: 100 }).toBe(true)
  return {
    ...{ context, near, relay, client, other, heard, isReady, whenFenced, whenReady },
    async [Symbol.asyncDispose]() {
      await context[Symbol.asyncDispose]()
      await near[Symbol.asyncDispose]()
      await relay.stop()
    },
  }
}

describe.runIf(kinds.length > 1)('a server that gets no answer of its database', () => {
  it('closes its connections, refuses new ones, and serves again by itself', async () => {
    await using scene = await openScene()
    const { context, client, heard } = scene
    expect(await scene.isReady()).toBe(true)
    scene.relay.silence()
    await scene.whenFenced()
    await expect.poll(() => heard, { timeout: 5_000 }).toContain('transport close')
    expect(heard).toContain('server:draining')
    expect(client.socket.active).toBe(true) // it comes back by itself
    const ready = await fetch(`${context.url}/ready`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({
      error: {
        code: 'store_unavailable',
        message: expect.stringMatching(/^The database has not answered for \d+ s$/) as string,
        retryable: true,
      },
    })
    const handshake = await fetch(`${context.url}/socket.io/?EIO=4&transport=polling`)
    expect(handshake.headers.get('retry-after')).toBe('1')
    expect(await handshake.json()).toMatchObject({ error: { code: 'store_unavailable' } })
    scene.relay.speak()
    await scene.whenReady()
    const late = await roomClient(context)
    await late.join(ROOM)
    await scene.near.server.publish(ROOM, 'after')
    await expect.poll(() => late.seen.map(({ data }) => data)).toEqual(['after'])
  })

  it('shows it in its metrics, and who leads', async () => {
    const databaseUrl = await emptyPostgres()
    await using relay = await startRelay(databaseUrl)
    const limits = { storeSilentMs: SILENT_MS, databaseBusyTimeoutMs: 500 }
    await using context = await startCounting(limits, { databaseUrl: relay.url })
    await using other = await startCounting({}, { databaseUrl })
    const read = async (name: string) => [
      await context.value(`yektayar_${name}`),
      await other.value(`yektayar_${name}`),
    ]
    expect(await read('leader')).toEqual([1, 0])
    await context.server.publish(ROOM, 'x')
    await expect.poll(() => read('hints_sent_total')).toEqual([1, 0])
    await expect.poll(() => read('hints_heard_total')).toEqual([0, 1])
    expect(await read('store_up')).toEqual([1, 1])
    expect(await read('bus_up')).toEqual([1, 1])
    relay.silence()
    await expect.poll(() => read('fenced'), { timeout: 10_000 }).toEqual([1, 0])
    expect(await read('store_up')).toEqual([0, 1])
    await expect.poll(() => read('bus_up'), { timeout: 10_000 }).toEqual([0, 1])
    const [silentSeconds = 0, usualSeconds = 9] = await read('store_silent_seconds')
    expect(silentSeconds).toBeGreaterThan(1)
    expect(usualSeconds).toBeLessThan(2)
    await expect.poll(() => read('leader'), { timeout: 25_000 }).toEqual([0, 1])
    relay.speak()
    await expect.poll(() => read('fenced'), { timeout: 15_000 }).toEqual([0, 0])
    await expect.poll(() => read('bus_up'), { timeout: 10_000 }).toEqual([1, 1])
  }, 60_000)

  it('serves nothing to a session that was ended elsewhere', async () => {
    await using scene = await openScene({ closeGraceMs: 5_000 })
    const { context, near, client, heard } = scene
    scene.relay.silence()
    const session = await near.server.sessions.findByToken(client.token)
    await near.server.sessions.end(session?.id ?? '')
    await near.server.publish(ROOM, 'a secret')
    await scene.whenFenced()
    const before = heard.length
    void context.server.emit('case:closed', '1', { to: { everyone: true } }).catch(() => undefined)
    await expect.poll(() => heard.at(-1)).toBe('transport close')
    scene.relay.speak()
    await scene.whenReady()
    expect(heard.slice(before).filter((name) => /^(room|case):/.test(name))).toEqual([])
    expect(client.seen).toEqual([])
  })
})

describe.runIf(kinds.length > 1)('a server whose database is down', () => {
  it('keeps its connections, serves nothing to them, and goes on once it is back', async () => {
    await using scene = await openScene()
    const { context, near, client, other, heard } = scene
    await scene.relay.stop()
    await scene.whenFenced()
    expect(await scene.isReady()).toBe(false)
    await client.socket.emitWithAck('ping') // whatever was sent before the fence has arrived then
    const before = heard.length
    const failure = { ok: false, error: { code: 'store_unavailable', retryable: true } }
    expect(await client.socket.emitWithAck('ping')).toMatchObject(failure)
    expect(await client.socket.emitWithAck('room:history', { room: ROOM })).toMatchObject(failure)
    other.socket.emit('room:typing', { room: ROOM, isTyping: true })
    await other.socket.emitWithAck('presence:set', { room: ROOM, presence: { is: 'here' } })
    void context.server.emit('case:closed', '1', { to: { everyone: true } }).catch(() => undefined)
    await near.server.publish(ROOM, 'missed')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(heard.slice(before)).toEqual([])
    await scene.relay.listen()
    await scene.whenReady()
    await expect.poll(() => client.seen.map(({ data }) => data)).toEqual(['missed'])
    expect(await client.socket.emitWithAck('ping')).toMatchObject({ ok: true })
    expect(heard).not.toContain('server:draining')
    expect(heard).not.toContain('transport close')
  })

  it.each(['end', 'reset'] as const)(
    'keeps its connections also where a proxy before it accepts new ones, to %s them',
    async (how) => {
      await using scene = await openScene()
      scene.relay.refuse(how)
      await scene.whenFenced()
      await new Promise((resolve) => setTimeout(resolve, 1_500)) // the next attempts
      expect(scene.heard).toEqual([])
      expect(scene.client.socket.connected).toBe(true)
      scene.relay.speak()
      await scene.whenReady()
      expect(await scene.client.socket.emitWithAck('ping')).toMatchObject({ ok: true })
    },
  )

  it('ends a session that was ended elsewhere before it serves anything', async () => {
    await using scene = await openScene()
    const { near, client, heard } = scene
    await scene.relay.stop()
    await scene.whenFenced()
    const session = await near.server.sessions.findByToken(client.token)
    await near.server.sessions.end(session?.id ?? '')
    await near.server.publish(ROOM, 'a secret')
    await scene.relay.listen()
    await expect.poll(() => heard, { timeout: 10_000 }).toContain('session:ended')
    expect(heard.filter((name) => name.startsWith('room:'))).toEqual([])
    expect(client.seen).toEqual([])
  })

  it('closes its connections after storeDownMs', async () => {
    await using scene = await openScene({ storeDownMs: 3_000 })
    await scene.relay.stop()
    await scene.whenFenced()
    expect(scene.heard).toEqual([])
    await expect.poll(() => scene.heard, { timeout: 8_000 }).toContain('transport close')
    expect(scene.heard).toContain('server:draining')
  })
})
