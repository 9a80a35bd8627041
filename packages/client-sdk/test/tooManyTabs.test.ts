import { setMaxListeners } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { memoryStorage } from '../src/index.js'
import type { YektaYarSocket, YektaYarSocketOptions } from '../src/index.js'
import { stubBrowser } from './support/browser.js'
import { eventually } from './support/eventually.js'
import { startServer } from './support/server.js'

const TABS = 12
const PLACES = 10
const often = { retryDelayMs: 10, retryDelayMaxMs: 50 }
const seldom = { retryDelayMs: 10, retryDelayMaxMs: 60_000 }

afterEach(() => {
  vi.unstubAllGlobals()
})

/** As many clients of one session, opened one after the other. */
async function openTabs(options: YektaYarSocketOptions) {
  const context = await startServer()
  const storage = memoryStorage()
  const counts = { replaced: 0, refused: 0 }
  const tabs: YektaYarSocket[] = []
  for (let count = 0; count < TABS; count++) {
    const tab = context.client({
      storage,
      ...options,
      onTrace: (trace) => {
        if (trace.type === 'attempt-failed' && trace.code === 'session_replaced') counts.refused++
      },
    })
    tab.on('session:ended', ({ code }) => {
      if (code === 'replaced') counts.replaced++
    })
    await tab.connect()
    tabs.push(tab)
  }
  const isConnected = ({ status }: YektaYarSocket): boolean => status === 'connected'
  await eventually(() => {
    expect(tabs.filter(isConnected)).toHaveLength(PLACES)
  })
  return {
    tabs,
    counts,
    waiting: () => tabs.filter((tab) => !isConnected(tab)),
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

describe('twelve tabs of one session, which has ten places', () => {
  it('do not replace each other in turns: the two oldest wait', async () => {
    await using opened = await openTabs(often)
    const { tabs, counts } = opened
    await eventually(() => {
      expect(counts.refused).toBeGreaterThan(2 * TABS)
    })
    expect(counts.replaced).toBe(TABS - PLACES)
    expect(opened.waiting()).toEqual(tabs.slice(0, TABS - PLACES))
    for (const tab of opened.waiting()) {
      expect(tab.getSnapshot()).toMatchObject({
        status: 'reconnecting',
        reason: 'session_replaced',
      })
      expect(tab.session.state).toBe('active')
    }
  })

  it('are all connected once two others have closed', async () => {
    await using opened = await openTabs(often)
    const { tabs, counts } = opened
    const waiting = opened.waiting()
    await Promise.all(tabs.slice(5, 7).map((tab) => tab.disconnect()))
    await Promise.all(waiting.map((tab) => tab.whenStatus('connected', { timeoutMs: 5_000 })))
    await Promise.all(waiting.map((tab) => tab.ping()))
    expect(counts.replaced).toBe(TABS - PLACES)
  })

  it('give a place to the one that connect() is called on', async () => {
    await using opened = await openTabs(seldom)
    const [first] = opened.tabs
    await first?.connect({ timeoutMs: 5_000 })
    await eventually(() => {
      expect(opened.waiting()).toEqual(opened.tabs.slice(1, 1 + TABS - PLACES))
    })
    expect(opened.counts.replaced).toBe(TABS - PLACES + 1)
  })

  it('give a place to the one that comes to the foreground', async () => {
    const { window } = stubBrowser('http://localhost')
    setMaxListeners(TABS, window)
    await using opened = await openTabs(seldom)
    const [first, second] = opened.waiting()
    window.dispatchEvent(new Event('visibilitychange'))
    await first?.whenStatus('connected', { timeoutMs: 5_000 })
    await second?.whenStatus('connected', { timeoutMs: 5_000 })
    await eventually(() => {
      expect(opened.waiting()).toHaveLength(TABS - PLACES)
    })
    expect(opened.counts.replaced).toBe(2 * (TABS - PLACES))
  })
})
