import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertDelivered } from '@yektayar/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { runProcess } from '../support/runProcess.js'
import { launchChromium } from './support/launchChromium.js'
import { startCluster } from './support/startCluster.js'

const ROOM = 'public:lobby'
if (!hasPostgres()) console.warn('! There is no PostgreSQL: `npm run cluster` is NOT tested.')

/** Whether a process exists. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe.skipIf(!hasPostgres())('npm run cluster', () => {
  let shared: Awaited<ReturnType<typeof startCluster>>

  beforeAll(async () => {
    shared = await startCluster()
  })
  beforeEach(async () => {
    for (const node of [1, 2, 3]) await shared.untilState(node, 'ready')
  })
  afterEach(() => shared.leave())
  afterAll(() => shared[Symbol.asyncDispose]())

  it('nothing is lost while the nodes of two clients are killed and frozen', async () => {
    const [sara, omid] = [shared.client('sara'), shared.client('omid')]
    await sara.connect()
    await omid.connect()
    const rooms = [sara.room(ROOM), omid.room(ROOM)] as const
    for (const room of rooms) await room.join()
    const [first, second] = [await shared.nodeOf('sara'), await shared.nodeOf('omid')]
    expect(new Set([0, first, second]).size).toBe(3)

    const sent: string[] = []
    const deliveries: Promise<unknown>[] = []
    const write = async (count: number) => {
      for (let at = 0; at < count; at++) {
        rooms.forEach((room, index) => {
          const text = `${String(index)} ${String(sent.length)}`
          sent.push(JSON.stringify(text))
          deliveries.push(room.send(text))
        })
        await sleep(5)
      }
    }
    await write(40)
    expect(await shared.press(first, 'kill')).toBe(204)
    await write(40)
    expect(await shared.press(second, 'stop')).toBe(204)
    await write(40)
    await Promise.all(deliveries)
    await vi.waitFor(() => {
      for (const room of rooms) expect(room.messages).toHaveLength(sent.length)
    }, 10_000)
    const [seen, seenByOther] = rooms.map(({ messages }) =>
      messages.map(({ data }) => JSON.stringify(data)),
    )
    expect(seenByOther).toEqual(seen)
    for (const sender of ['"0', '"1']) {
      const bySender = (texts: readonly string[] = []) =>
        texts.filter((text) => text.startsWith(sender))
      assertDelivered(bySender(sent), bySender(seen))
    }

    expect(await shared.press(first, 'start')).toBe(204)
    await shared.untilState(first, 'ready')
    expect(await shared.press(second, 'resume')).toBe(204)
    await shared.untilState(second, 'ready')
  })

  it('a client that only polls stays at one node, and goes on at another one', async () => {
    const client = shared.client('polling', ['polling'])
    await client.connect()
    const room = client.room('public:polling')
    await room.join()
    for (let count = 0; count < 5; count++) await room.send(count)
    /** The only node with a connection. */
    const busy = () =>
      vi.waitFor(async () => {
        const { nodes } = await shared.state()
        const at = nodes.findIndex(({ connections }) => connections === 1)
        expect(at).not.toBe(-1)
        return at + 1
      }, 5_000)
    const node = await busy()
    await shared.press(node, 'drain')
    await shared.untilState(node, 'draining')
    await room.send(5)
    await shared.untilState(node, 'down')
    await room.send(6)
    expect(room.messages.map(({ data }) => data)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(client.getSnapshot().transport).toBe('polling')
    expect(await busy()).not.toBe(node)
    await shared.press(node, 'start')
  })

  it('the page shows two people on two nodes, and a button kills one of them', async () => {
    const browser = await launchChromium()
    try {
      const context = await browser.newContext({ locale: 'en-GB' })
      const page = await context.newPage()
      const errors: string[] = []
      page.on('pageerror', ({ message }) => errors.push(message))
      await page.goto(`${shared.url}/cluster`)
      const chat = (name: string) => {
        const frame = page.frameLocator(`iframe[title="${name} window"]`)
        const composer = frame.getByRole('textbox', { name: 'Message', exact: true })
        return {
          isOpen: () => frame.getByTestId('people').getByText('You', { exact: true }).waitFor(),
          async write(text: string) {
            await composer.fill(text)
            await composer.press('Enter')
          },
          has: (text: string) =>
            frame.getByTestId('conversation').getByText(text, { exact: true }).waitFor(),
        }
      }
      const [left, right] = [chat('Left'), chat('Right')]
      await left.isOpen()
      await right.isOpen()
      await left.write('from the left')
      await right.has('from the left')
      const title = page.getByRole('heading', { name: /^Left window: on Node/ })
      const [node = ''] = /Node \d/.exec(await title.innerText()) ?? []

      await page.getByRole('button', { name: `Kill ${node}` }).click()
      await left.write('from a dead node')
      await right.write('from the right')
      await right.has('from a dead node')
      await left.has('from the right')
      await page.getByRole('button', { name: `Start ${node}` }).waitFor()
      const other = page.getByRole('heading', { name: /^Left window: on Node/ })
      expect(await other.innerText()).not.toContain(node)

      await page.setViewportSize({ width: 390, height: 844 })
      const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
      expect(widths[0]).toBe(widths[1])
      await shared.press(Number(node.slice(-1)), 'start')
      expect(errors).toEqual([])
    } finally {
      await browser.close()
    }
  })

  it('pages of other sites cannot press the buttons', async () => {
    const route = `${shared.url}/cluster/nodes/1/kill`
    const foreign = { method: 'POST', headers: { origin: 'https://evil.example' } }
    expect((await fetch(route, foreign)).status).toBe(403)
    expect((await fetch(route)).status).toBe(404)
    expect(await shared.press(4, 'kill')).toBe(404)
    expect(await shared.press(1, 'constructor')).toBe(404)
    expect((await shared.state()).nodes.map(({ state }) => state)).toEqual([
      'ready',
      'ready',
      'ready',
    ])
  })

  it('a port that is taken is named', async () => {
    const { port } = new URL(shared.url)
    const { PATH, HOME, TEST_DATABASE_URL } = process.env
    await using second = runProcess(process.execPath, ['scripts/cluster.mjs'], {
      cwd: join(import.meta.dirname, '../..'),
      env: { PATH, HOME, TEST_DATABASE_URL, PORT: port },
    })
    if (second.child.exitCode === null) await once(second.child, 'exit')
    expect(second.child.exitCode).toBe(1)
    expect(second.output.text).toContain(`Port ${port} is taken: choose another one`)
  })

  it.each([
    ['SIGKILL', () => startCluster()],
    ['SIGINT', () => Promise.resolve(shared)],
  ] as const)('all of it ends by %s, a frozen node included', async (signal, start) => {
    await using scene = await start()
    await scene.press(2, 'stop')
    await scene.untilState(2, 'frozen')
    const pids = (await scene.state()).nodes.map(({ pid = 0 }) => pid)
    expect(pids.every(isRunning)).toBe(true)
    scene.running.child.kill(signal)
    await scene.running.exited
    await vi.waitFor(() => {
      expect(pids.filter(isRunning)).toEqual([])
    }, 5_000)
  })
})
