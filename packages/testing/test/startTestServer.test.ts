import { memoryStorage } from '@yektayar/client'
import { command, coreContract, extendContract } from '@yektayar/protocol'
import { limitDefinitions } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { roomyLimits, startTestServer } from '../src/index.js'

const contract = extendContract(coreContract, {
  commands: { 'mood:save': command({ input: z.number(), output: z.string() }) },
})

describe('a test server', () => {
  it('is a real one on a port of its own', async () => {
    await using one = await startTestServer()
    await using other = await startTestServer()
    expect(one.url).not.toBe(other.url)
    expect((await fetch(`${one.url}/health`)).status).toBe(200)

    const client = one.client()
    await client.connect()
    expect(await client.echo('hi')).toMatchObject({ received: 'hi' })
  })

  it('types and runs the commands of an own contract', async () => {
    await using backend = await startTestServer({
      contract,
      commands: { 'mood:save': ({ input }) => `saved ${input}` },
    })
    const client = backend.client()
    await client.connect()
    const saved: string = await client.call('mood:save', 3)
    expect(saved).toBe('saved 3')
    // @ts-expect-error -- the contract's input is a number
    await expect(client.call('mood:save', 'three')).rejects.toMatchObject({ code: 'invalid_input' })
  })

  it('gives each client a session of its own, or the storage that it is given', async () => {
    await using backend = await startTestServer()
    const storage = memoryStorage()
    const clients = [backend.client(), backend.client({ storage }), backend.client({ storage })]
    for (const client of clients) await client.connect()
    const ids = [...backend.server.io.sockets.sockets.values()].map(({ data }) => data.sessionId)
    expect(ids).toHaveLength(3)
    expect(new Set(ids).size).toBe(2)
  })

  it('lets more clients and commands in than a server usually does for one address', async () => {
    await using backend = await startTestServer()
    const others = Array.from({ length: 45 }, () => backend.client())
    await Promise.all(others.map((other) => other.connect()))
    const client = backend.client()
    await client.connect()
    const answers = Array.from({ length: 80 }, () => client.ping())
    expect(await Promise.all(answers)).toHaveLength(80)
  })

  it('has the limits that it is given beside the roomy ones', async () => {
    await using backend = await startTestServer({ limits: { acquiresPerAddressPerMinute: 1 } })
    const acquire = () => fetch(`${backend.url}/api/session/acquire`, { method: 'POST' })
    expect((await acquire()).status).toBe(200)
    expect((await acquire()).status).toBe(429)
  })

  it('ends with its clients', async () => {
    const backend = await startTestServer()
    const client = backend.client()
    await client.connect()
    await backend[Symbol.asyncDispose]()
    expect(client.status).toBe('idle')
    await expect(fetch(backend.url)).rejects.toThrow('fetch failed')
  })
})

it('raises every limit that counts what an address or a session does in a time', () => {
  const rates = Object.entries(limitDefinitions)
    .filter(([name, { unit }]) => unit.startsWith('per ') || /PerAddress|Burst/i.test(name))
    .map(([name]) => name)
    // This one spreads the clients that return after a drain.
    .filter((name) => name !== 'drainReturnsPerSecond')
  expect(Object.keys(roomyLimits).sort()).toEqual(rates.sort())
})
