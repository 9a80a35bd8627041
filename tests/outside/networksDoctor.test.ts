import { examine } from '@yektayar/doctor'
import { faultProxy, startTestServer } from '@yektayar/testing'
import type { FaultProxy } from '@yektayar/testing'
import { describe, expect, it } from 'vitest'

const table: readonly [network: string, begin: (proxy: FaultProxy) => void, cause: string][] = [
  [
    'never answers upgrades',
    (proxy) => {
      proxy.hang()
    },
    'websocket_unanswered',
  ],
  [
    'answers upgrades and is then silent',
    (proxy) => {
      proxy.swallow()
    },
    'websocket_silent',
  ],
  [
    'swallows a WebSocket after some bytes',
    (proxy) => {
      proxy.swallow({ afterBytes: 600 })
    },
    'websocket_stalls',
  ],
  [
    'holds answers back until they are complete',
    (proxy) => {
      proxy.buffer()
    },
    'websocket_buffered',
  ],
  [
    'wants a sign-in first',
    (proxy) => {
      proxy.captivePortal()
    },
    'captive_portal',
  ],
  [
    'never answers anything',
    (proxy) => {
      proxy.hang({ traffic: 'all' })
    },
    'unreachable',
  ],
]

describe('the doctor names a network that', () => {
  it.each(table)('%s', async (_network, begin, cause) => {
    await using backend = await startTestServer()
    await using proxy = await faultProxy({ target: backend.url })
    begin(proxy)
    const { report, client } = await examine({ url: proxy.url, timeoutMs: 4_000 })
    await client?.disconnect()
    expect(report.ok).toBe(false)
    const causes = report.steps.flatMap(({ findings }) => findings.map((one) => one.cause))
    const first = causes.find(Boolean)
    expect(first?.code).toBe(cause)
    expect(first?.fixes.length).toBeGreaterThan(1)
  })
})
