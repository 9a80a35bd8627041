import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import type { YektaYarSocketOptions } from '../src/index.js'
import { stubBrowser } from './support/browser.js'
import { eventually } from './support/eventually.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { rejection, startServer } from './support/server.js'

const persisted = { outbox: { persist: 'indexeddb' } } as const satisfies YektaYarSocketOptions

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** A browser with a database, in which pages can be opened and closed. */
function openBrowser(origin: string) {
  const browser = stubBrowser(origin)
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('IDBKeyRange', IDBKeyRange)
  return {
    async closePages(...clients: YektaYarSocket[]) {
      for (const client of clients) await client.disconnect()
      browser.network.locks.closePages()
    },
    /** Goes on with what was in the storage at another time, as if nobody else used it. */
    async putBack(stored: readonly (readonly [IDBValidKey, unknown])[]) {
      browser.network.locks.closePages()
      await useItems('readwrite', (store) => {
        for (const [key, value] of stored) store.put(value, key)
      })
    },
  }
}

/** Does something with the store of the items. */
async function useItems<Result>(
  mode: IDBTransactionMode,
  use: (store: IDBObjectStore) => Result,
): Promise<Result> {
  const database = await settled(indexedDB.open('yektayar-outbox'))
  const transaction = database.transaction('items', mode)
  const result = use(transaction.objectStore('items'))
  await new Promise((resolve) => {
    transaction.oncomplete = resolve
  })
  database.close()
  return result
}

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve) => {
    request.onsuccess = () => {
      resolve(request.result)
    }
  })
}

/** Everything in the database, by key. */
async function databaseEntries(): Promise<(readonly [IDBValidKey, unknown])[]> {
  const [keys, values] = await useItems('readonly', (store) => [store.getAllKeys(), store.getAll()])
  return keys.result.map((key, index) => [key, values.result[index]] as const)
}

/** Everything in the database, as text. */
async function databaseText(): Promise<string> {
  const entries = await databaseEntries()
  const bytes = entries.map(([, value]) => {
    const { data = new ArrayBuffer(0) } = value as { data?: ArrayBuffer } // the key has none
    return Buffer.from(data).toString('latin1')
  })
  return JSON.stringify({ keys: entries.map(([key]) => key), bytes })
}

async function storedKeys(): Promise<unknown[]> {
  return (JSON.parse(await databaseText()) as { keys: unknown[] }).keys
}

/** Waits until a client has stored what it has; beside its items there is the key to them. */
async function untilStored(client: YektaYarSocket, count = client.outbox.list().length) {
  await eventually(async () => {
    expect(client.outbox.storage).toBe('indexeddb') // before that, there is no database to look at
    expect((await storedKeys()).length).toBeGreaterThan(count)
  })
}

describe('a persisted outbox', () => {
  it('delivers what the page before has left, in order and before what is new', async () => {
    await using context = await startServer()
    const browser = openBrowser(context.url)
    const before = context.client(persisted)
    for (const text of ['a', 'b']) void before.sendMessage(text)
    await untilStored(before)
    await browser.closePages(before)

    const after = context.client(persisted)
    const states: string[] = []
    after.outbox.onChange((item) => {
      if (item?.state === 'delivered') states.push(item.input as string)
    })
    const sent = after.sendMessage('c')
    await after.connect()
    await sent
    expect(states).toEqual(['a', 'b', 'c'])
    expect(after.outbox.list()).toEqual([])
    await eventually(async () => {
      expect(await storedKeys()).toHaveLength(1) // of the encryption
    })
  })

  it('does not do twice what was committed when the page was closed', async () => {
    await using context = await startServer()
    const browser = openBrowser(context.url)
    const before = context.client(persisted)
    await before.connect()
    const room = before.room('public:once')
    const answers = withholdAnswers(before)
    void room.send('x')
    await eventually(async () => {
      expect((await room.history()).messages).toHaveLength(1)
    })
    answers.stop()
    await browser.closePages(before)

    const after = context.client(persisted)
    await after.connect()
    await eventually(() => {
      expect(after.outbox.storage).toBe('indexeddb')
      expect(after.outbox.list()).toEqual([])
    })
    expect((await after.room('public:once').history()).messages).toHaveLength(1)
  })

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
    client.outbox.cancel(client.outbox.list().at(-1)?.id ?? '') // which makes it look what can go
    await client.ping()
    expect(server.packets).toEqual([])
    write.release()
    await sent
    expect(texts[0]).toContain(server.packets[0]?.outbox)
    expect(texts[0]).not.toContain('a secret')
  })

  it('is left alone by the other tabs as long as its own one lives', async () => {
    await using context = await startServer()
    const browser = openBrowser(context.url)
    const first = context.client(persisted)
    void first.sendMessage('first')
    await untilStored(first)
    const second = context.client(persisted)
    await second.connect()
    await second.sendMessage('second')
    expect(first.outbox.list()).toMatchObject([{ input: 'first', state: 'queued' }])
    await browser.closePages(first, second)
    const third = context.client(persisted)
    await third.connect()
    await eventually(() => {
      expect(third.outbox.storage).toBe('indexeddb')
      expect(third.outbox.list()).toEqual([])
    })
  })

  it('delivers what several pages have left, each under its own id', async () => {
    await using server = await scriptServer(deliverAll)
    const browser = openBrowser('http://127.0.0.1')
    const pages = ['a', 'b'].map(() => server.client(persisted))
    for (const [index, page] of pages.entries()) {
      void page.sendMessage('x')
      void page.sendMessage('y')
      await untilStored(page, 2 * (index + 1)) // those of the pages before are there as well
    }
    await browser.closePages(...pages)
    const after = server.client(persisted)
    await after.connect()
    await eventually(() => {
      expect(server.packets).toHaveLength(2)
    })
    expect(server.packets.map(({ items }) => items.map(({ n }) => n))).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(new Set(server.packets.map(({ outbox }) => outbox)).size).toBe(2)
    expect(await after.sendMessage('new')).toBe(3)
  })

  it('moves with its items to another id', async () => {
    await using server = await scriptServer((packet, answer) => {
      server.play(() => undefined)
      answer({ expected: 99 })
    })
    const browser = openBrowser('http://127.0.0.1')
    const before = server.client(persisted)
    await before.connect()
    void before.sendMessage('x')
    await eventually(() => {
      expect(server.packets).toHaveLength(2)
    })
    await browser.closePages(before)
    server.play(deliverAll)
    const after = server.client(persisted)
    await after.connect()
    await eventually(() => {
      expect(server.packets).toHaveLength(3)
      expect(after.outbox.list()).toEqual([])
    })
    expect(server.packets[2]).toEqual(server.packets[1])
  })

  it.each([
    ['another text', 'other'],
    ['the same text', 'own'],
  ])(
    'is not confirmed by %s that a copy of it has sent under the same number',
    async (_what, text) => {
      await using context = await startServer()
      const browser = openBrowser(context.url)
      const before = context.client(persisted)
      void before.room('public:copied').send('shared')
      await untilStored(before)
      const stored = await databaseEntries()
      await browser.closePages(before)
      const pages: YektaYarSocket[] = []
      for (let page = 1; page <= 2; page++) {
        await browser.putBack(stored)
        const client = context.client(persisted)
        await client.connect()
        await eventually(() => {
          expect(client.outbox.storage).toBe('indexeddb')
          expect(client.outbox.list()).toEqual([])
        })
        pages.push(client)
      }
      const [other, own] = pages.map((page) => page.room('public:copied'))
      await own?.join()
      const write = withhold(crypto.subtle, 'encrypt')
      let isSettled = false
      const sent = own?.send('own').finally(() => {
        isSettled = true
      })
      await write.asked
      await other?.send(text)
      await eventually(() => {
        expect(own?.position?.seq).toBe(2)
      })
      expect(isSettled).toBe(false)
      write.release()
      expect(await sent).toMatchObject({ seq: 3 })
      const { messages } = (await own?.history()) ?? { messages: [] }
      expect(messages.map(({ data }) => data)).toEqual(['shared', text, 'own'])
      expect(own?.messages.map(({ data }) => data)).toEqual(['shared', text, 'own'])
    },
  )

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
    expect(after.outbox.list()).toEqual([])
    expect(await after.sendMessage('goes on')).toMatchObject({ success: true })
  })

  it('forgets what was given up', async () => {
    await using server = await scriptServer(deliverAll)
    const browser = openBrowser('http://127.0.0.1')
    const before = server.client(persisted)
    void before.sendMessage('regretted')
    before.outbox.cancel(before.outbox.list()[0]?.id ?? '')
    void before.sendMessage('meant')
    await untilStored(before, 1)
    await browser.closePages(before)
    const after = server.client(persisted)
    await after.connect()
    await eventually(() => {
      expect(after.outbox.storage).toBe('indexeddb')
      expect(after.outbox.list()).toEqual([])
    })
    expect(server.packets.flatMap(({ items }) => items)).toMatchObject([{ n: 2, input: 'meant' }])
  })

  it('goes on in memory where there is no storage, and says so', async () => {
    await using context = await startServer()
    const client = context.client(persisted)
    const changes: unknown[] = []
    client.outbox.onChange((item) => {
      if (!item) changes.push(client.outbox.storage)
    })
    expect(client.outbox.storage).toBe('opening')
    await client.connect()
    expect(await client.sendMessage('x')).toMatchObject({ success: true })
    expect(client.outbox.storage).toBe('failed')
    expect(changes).toEqual(['failed'])
    expect(context.client().outbox.storage).toBe('memory')
  })

  it('is refused as an option that it is not', () => {
    expect(() => new YektaYarSocket({ outbox: { persist: 'disk' as 'indexeddb' } })).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    )
  })
})

/** Lets the next call of a method begin, and go on only when it is released. */
function withhold(target: SubtleCrypto, method: 'encrypt') {
  const real = target[method].bind(target)
  const { promise: asked, resolve: ask } = deferred()
  const { promise: released, resolve: release } = deferred()
  vi.spyOn(target, method).mockImplementationOnce(async (...args) => {
    ask()
    await released
    return real(...args)
  })
  return { asked, release }
}

function deferred() {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

/** The server commits, but what it answers to deliveries does not arrive. */
function withholdAnswers({ socket }: YektaYarSocket) {
  const untyped = socket as unknown as { emit(...args: unknown[]): unknown }
  const emit = untyped.emit.bind(socket)
  const spy = vi.spyOn(untyped, 'emit').mockImplementation((...args) => {
    if (args[0] === 'outbox:deliver') args[2] = () => undefined
    return emit(...args)
  })
  return {
    stop: () => {
      spy.mockRestore()
    },
  }
}
