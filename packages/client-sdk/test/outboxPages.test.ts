import { afterEach, describe, expect, it, vi } from 'vitest'
import type { YektaYarSocket } from '../src/index.js'
import { storedKeys } from './support/databaseEntries.js'
import { eventually } from './support/eventually.js'
import { openBrowser } from './support/openBrowser.js'
import { persisted } from './support/persisted.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { startServer } from './support/server.js'
import { untilDelivered } from './support/untilDelivered.js'
import { untilStored } from './support/untilStored.js'
import { watchOutbox } from './support/watchOutbox.js'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

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
    watchOutbox(after.outbox, ({ input }, state) => {
      if (state === 'gone') states.push(input as string)
    })
    const sent = after.sendMessage('c')
    await after.connect()
    await sent
    expect(states).toEqual(['a', 'b', 'c'])
    expect(after.outbox.getSnapshot().items).toEqual([])
    await eventually(async () => {
      expect(await storedKeys()).toHaveLength(1) // only the encryption key is left
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
    await untilDelivered(after)
    expect((await after.room('public:once').history()).messages).toHaveLength(1)
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
    expect(first.outbox.getSnapshot().items).toMatchObject([{ input: 'first', state: 'queued' }])
    await browser.closePages(first, second)
    const third = context.client(persisted)
    await third.connect()
    await untilDelivered(third)
  })

  it('delivers what several pages have left, each under its own id', async () => {
    await using server = await scriptServer(deliverAll)
    const browser = openBrowser('http://127.0.0.1')
    const pages = ['a', 'b'].map(() => server.client(persisted))
    for (const [index, page] of pages.entries()) {
      void page.sendMessage('x')
      void page.sendMessage('y')
      await untilStored(page, 2 * (index + 1)) // the count includes the items of the pages before
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
      expect(after.outbox.getSnapshot().items).toEqual([])
    })
    expect(server.packets[2]).toEqual(server.packets[1])
  })
})

/** Drops the answers to deliveries; the server still commits them. */
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
