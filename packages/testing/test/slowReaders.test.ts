import type { ClientRoom } from '@yektayar/client'
import { describe, expect, it, vi } from 'vitest'
import { faultProxy, startTestServer } from '../src/index.js'

const ROOM = 'public:busy'
const TEXT = 'x'.repeat(10_000)
/** The bandwidth of a bad mobile network. */
const BYTES_PER_SECOND = 64 * 1024

const seqsOf = ({ messages }: ClientRoom) => messages.map(({ seq }) => seq)

describe.each([['websocket'], ['polling']] as const)(
  'a client that reads 64 kB/s over %s',
  (transport) => {
    it('stays connected in a busy room, and has everything once the load ends', async () => {
      await using context = await startTestServer()
      await using proxy = await faultProxy({ target: context.url })
      const client = context.client({ url: proxy.url, transports: [transport] })
      await client.connect()
      const room = client.room(ROOM)
      await room.join()
      const lost = vi.fn()
      client.subscribe(({ status }) => {
        if (status !== 'connected') lost(status)
      })
      let count = 0
      proxy.throttle(BYTES_PER_SECOND)
      // 1 MB/s, far more than the reader takes, for longer than one without progress would be kept.
      for (let round = 0; round < 120; round++) {
        for (let index = 0; index < 10; index++) void context.server.publish(ROOM, TEXT)
        count += 10
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      expect(lost).not.toHaveBeenCalled()
      proxy.throttle(undefined)
      await vi.waitFor(
        () => {
          expect(seqsOf(room).at(-1)).toBe(count)
        },
        { timeout: 20_000, interval: 100 },
      )
      expect(lost).not.toHaveBeenCalled()
    }, 60_000)

    it('is not cut by an app that emits more than may wait for a peer without progress', async () => {
      await using context = await startTestServer()
      await using proxy = await faultProxy({ target: context.url, bytesPerSecond: 1_500_000 })
      const client = context.client({ url: proxy.url, transports: [transport] })
      const lost = vi.fn()
      let heard = 0
      client.on('command:failed', () => heard++)
      await client.connect()
      client.subscribe(({ status }) => {
        if (status !== 'connected') lost(status)
      })
      const message = 'x'.repeat(60_000)
      for (let count = 0; count < 150; count++) {
        context.server.io.emit('command:failed', {
          command: 'any',
          error: { code: 'internal_error', message, retryable: false },
        })
      }
      await vi.waitFor(
        () => {
          expect(heard).toBe(150)
        },
        { timeout: 20_000, interval: 100 },
      )
      expect(lost).not.toHaveBeenCalled()
    }, 60_000)
  },
)
