import { setTimeout as pass } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openArena } from './support/arena.js'
import { openSockets, textFrame } from './support/attackers.js'

const PEERS = 50
const PATIENCE = { timeout: 8_000, interval: 100 }

let arena: Awaited<ReturnType<typeof openArena>>
beforeAll(async () => {
  arena = await openArena()
})
afterAll(() => arena[Symbol.asyncDispose]())

it.each([
  ['a handshake', 'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  [
    'a body',
    'POST /api/session/acquire HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
      `Content-Length: 50\r\n\r\n`,
  ],
])('%s at a byte a second is thrown out and harms nobody', async (what, text) => {
  await arena.withstand(async ({ url }) => {
    using sockets = openSockets(url)
    const peers = await Promise.all(Array.from({ length: PEERS }, () => sockets.open()))
    for (const peer of peers) peer.resume()
    if (what === 'a body') for (const peer of peers) peer.write(text)
    const rest = what === 'a body' ? '{'.padEnd(50) : text
    for (let index = 0; index < 6; index++) {
      for (const peer of peers) if (peer.writable) peer.write(rest.charAt(index))
      await pass(1_000)
      if (sockets.closedCount() === PEERS) break
    }
    expect(sockets.closedCount()).toBe(PEERS)
  })
})

it('a CONNECT at a byte a second is thrown out and harms nobody', async () => {
  await arena.withstand(async ({ url }) => {
    using sockets = openSockets(url)
    const peers = await Promise.all(Array.from({ length: 20 }, () => sockets.openDeaf()))
    for (const byte of textFrame('40').subarray(0, 6)) {
      for (const peer of peers) if (peer.writable) peer.write(Buffer.from([byte]))
      await pass(500)
    }
    for (const peer of peers) peer.resume()
    await vi.waitFor(() => {
      expect(sockets.closedCount()).toBe(peers.length)
    }, PATIENCE)
  })
})

it.each([
  ['never authenticate', true],
  ['never say anything', false],
])('1,000 sockets that %s are thrown out and harm nobody', async (_what, isUpgraded) => {
  await arena.withstand(async ({ url }) => {
    using sockets = openSockets(url)
    for (let count = 0; count < 1_000; count += 50) {
      const some = Array.from({ length: 50 }, () =>
        isUpgraded ? sockets.openDeaf() : sockets.open(),
      )
      for (const socket of await Promise.all(some)) socket.resume()
    }
    await vi.waitFor(() => {
      expect(sockets.closedCount()).toBe(1_000)
    }, PATIENCE)
  })
})
