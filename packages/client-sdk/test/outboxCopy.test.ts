import { afterEach, describe, expect, it, vi } from 'vitest'
import { databaseEntries } from './support/databaseEntries.js'
import { eventually } from './support/eventually.js'
import { openBrowser } from './support/openBrowser.js'
import { persisted } from './support/persisted.js'
import { startServer } from './support/server.js'
import { untilDelivered } from './support/untilDelivered.js'
import { untilStored } from './support/untilStored.js'
import { withhold } from './support/withhold.js'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const ROOM = 'public:copied'

/** Two pages whose clients continue from copies of the same stored outbox. */
async function copies(context: Awaited<ReturnType<typeof startServer>>) {
  const browser = openBrowser(context.url)
  const before = context.client(persisted)
  void before.room(ROOM).send('shared')
  await untilStored(before)
  const stored = await databaseEntries()
  await browser.closePages(before)
  const open = async () => {
    await browser.putBack(stored)
    const client = context.client(persisted)
    await client.connect()
    await untilDelivered(client)
    return client
  }
  return { other: await open(), own: await open() }
}

describe('a persisted outbox', () => {
  it.each([
    ['another text', 'other'],
    ['the same text', 'own'],
  ])(
    'is not confirmed by %s that a copy of it has sent under the same number',
    async (_what, text) => {
      await using context = await startServer()
      const pages = await copies(context)
      const [other, own] = [pages.other.room(ROOM), pages.own.room(ROOM)]
      await own.join()
      const write = withhold(crypto.subtle, 'encrypt')
      let isSettled = false
      const sent = own.send('own').finally(() => {
        isSettled = true
      })
      await write.asked
      await other.send(text)
      await eventually(() => {
        expect(own.position?.seq).toBe(2)
      })
      expect(isSettled).toBe(false)
      write.release()
      expect(await sent).toMatchObject({ seq: 3 })
      const { messages } = await own.history()
      expect(messages.map(({ data }) => data)).toEqual(['shared', text, 'own'])
      expect(own.messages.map(({ data }) => data)).toEqual(['shared', text, 'own'])
    },
  )

  it('that was copied delivers in order what is in two packets in flight', async () => {
    let admit = (): void => undefined
    const admitted = new Promise<boolean>((resolve) => {
      admit = () => {
        resolve(true)
      }
    })
    let isHeld = false
    let asked = 0
    await using context = await startServer({
      authorize: (_session, action) => {
        if (action === 'send') asked++
        if (!isHeld || action !== 'send') return true
        isHeld = false // the first packet waits here, and the second one overtakes it
        return admitted
      },
    })
    const pages = await copies(context)
    const [other, own] = [pages.other.room(ROOM), pages.own.room(ROOM)]
    await other.send('other')
    isHeld = true
    const first = own.send('first')
    await eventually(() => {
      expect(isHeld).toBe(false)
    })
    const second = own.send('second')
    const third = own.send('third')
    const before = asked
    await eventually(() => {
      expect(asked).toBe(before + 2)
      const states = pages.own.outbox.getSnapshot().items.map(({ state }) => state)
      // The server has refused the second and the third.
      expect(states).toEqual(['sending', 'queued', 'queued'])
    })
    admit()
    await Promise.all([first, second, third])
    const { messages } = await own.history()
    const texts = messages.map(({ data }) => data)
    expect(texts).toEqual(['shared', 'other', 'first', 'second', 'third'])
  })

  it('that was copied delivers in order what is in one packet', async () => {
    await using context = await startServer()
    const pages = await copies(context)
    const [other, own] = [pages.other.room(ROOM), pages.own.room(ROOM)]
    await other.send('other')
    const write = withhold(crypto.subtle, 'encrypt')
    const sent = ['first', 'second', 'third'].map((text) => own.send(text))
    await write.asked
    write.release()
    await Promise.all(sent)
    const { messages } = await own.history()
    const texts = messages.map(({ data }) => data)
    expect(texts).toEqual(['shared', 'other', 'first', 'second', 'third'])
  })
})
