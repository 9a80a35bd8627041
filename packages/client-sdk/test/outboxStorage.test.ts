import { afterEach, describe, expect, it, vi } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import { databaseEntries, storedKeys } from './support/databaseEntries.js'
import { eventually } from './support/eventually.js'
import { openBrowser } from './support/openBrowser.js'
import { persisted } from './support/persisted.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { rejection, startServer } from './support/server.js'
import { untilDelivered } from './support/untilDelivered.js'
import { untilStored } from './support/untilStored.js'
import { withhold } from './support/withhold.js'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** The whole database as text. */
async function databaseText(): Promise<string> {
  const entries = await databaseEntries()
  const bytes = entries.map(([, value]) => {
    // The stored key has no `data`.
    const { data = new ArrayBuffer(0) } = value as { data?: ArrayBuffer }
    return Buffer.from(data).toString('latin1')
  })
  return JSON.stringify({ keys: entries.map(([key]) => key), bytes })
}

describe('a persisted outbox', () => {
  it('is stored before it is sent, and nobody can read it', async () => {
    const texts: string[] = []
    await using server = await scriptServer((packet, answer) => {
      void databaseText().then((text) => {
        texts.push(text)
        deliverAll(packet, answer)
      })
    })
    openBrowser('http://127.0.0.1')
    const client = server.client(persisted)
    await client.connect()
    const write = withhold(crypto.subtle, 'encrypt')
    const sent = client.sendMessage('a secret')
    await write.asked
    void client.sendMessage('regretted')
    // Cancelling makes the outbox look for items to send.
    client.outbox.cancel(client.outbox.getSnapshot().items.at(-1)?.id ?? '')
    await client.ping()
    expect(server.packets).toEqual([])
    write.release()
    await sent
    expect(texts[0]).toContain(server.packets[0]?.outbox)
    expect(texts[0]).not.toContain('a secret')
  })

  it('belongs to one server where several have one origin and a base path each', async () => {
    const url = 'http://127.0.0.1:9' // nothing listens there
    const browser = openBrowser(url)
    const open = (basePath: string) => {
      const client = new YektaYarSocket({ ...persisted, url, basePath })
      client.connect().catch(() => undefined)
      return client
    }
    const here = open('/a')
    here.sendMessage('for a').catch(() => undefined)
    await untilStored(here)
    await browser.closePages(here)
    const there = open('/b')
    await untilStored(there, 0)
    expect(there.outbox.getSnapshot().items).toEqual([])
    const again = open('/a')
    await eventually(() => {
      expect(again.outbox.getSnapshot().items).toHaveLength(1)
    })
    await browser.closePages(there, again)
  })

  it('is empty after a sign-out, for the next page too', async () => {
    await using context = await startServer({
      authenticate: ({ username = '' }) => `user-${username}`,
    })
    const browser = openBrowser(context.url)
    const before = context.client(persisted)
    await before.connect()
    await before.session.signIn({ username: 'sara' })
    const connections = [...context.server.io.sockets.sockets.values()]
    for (const connection of connections) connection.offAny()
    const sent = rejection(before.sendMessage('private'))
    await untilStored(before)
    await before.session.signOut()
    expect(await sent).toMatchObject({ code: 'session_ended' })
    await eventually(async () => {
      expect(await storedKeys()).toEqual([])
    })
    await browser.closePages(before)
    const after = context.client(persisted)
    await after.connect()
    await eventually(() => {
      expect(after.outbox.storage).toBe('indexeddb')
    })
    expect(after.outbox.getSnapshot().items).toEqual([])
    expect(await after.sendMessage('goes on')).toMatchObject({ success: true })
  })

  it('forgets what was given up', async () => {
    await using server = await scriptServer(deliverAll)
    const browser = openBrowser('http://127.0.0.1')
    const before = server.client(persisted)
    void before.sendMessage('regretted')
    before.outbox.cancel(before.outbox.getSnapshot().items[0]?.id ?? '')
    void before.sendMessage('meant')
    await untilStored(before, 1)
    await browser.closePages(before)
    const after = server.client(persisted)
    await after.connect()
    await untilDelivered(after)
    expect(server.packets.flatMap(({ items }) => items)).toMatchObject([{ n: 2, input: 'meant' }])
  })

  it.each([
    ['fails', () => Promise.reject(new Error('no network yet'))],
    ['never answers', () => new Promise<string>(() => undefined)],
  ])('is opened where the address comes from a function that %s once', async (_what, once) => {
    await using context = await startServer()
    const browser = openBrowser('http://127.0.0.1')
    const url = vi.fn(() => Promise.resolve(context.url)).mockImplementationOnce(once)
    const client = context.client({ ...persisted, url })
    void client.sendMessage('kept')
    await vi.waitFor(() => {
      expect(url).toHaveBeenCalledOnce()
    })
    await client.connect()
    await untilDelivered(client)
    expect(client.outbox.storage).toBe('indexeddb')
    await browser.closePages(client)
  })

  it('goes on in memory where there is no storage, and says so', async () => {
    await using context = await startServer()
    const client = context.client(persisted)
    const changes: unknown[] = []
    client.outbox.subscribe(({ storage }) => {
      if (changes.at(-1) !== storage) changes.push(storage)
    })
    expect(client.outbox.storage).toBe('opening')
    await client.connect()
    expect(await client.sendMessage('x')).toMatchObject({ success: true })
    expect(client.outbox.storage).toBe('failed')
    expect(changes).toEqual(['opening', 'failed'])
    expect(context.client().outbox.storage).toBe('memory')
  })

  it('is refused with invalid_options if its persist option names an unknown storage', () => {
    expect(() => new YektaYarSocket({ outbox: { persist: 'disk' as 'indexeddb' } })).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    )
  })
})
