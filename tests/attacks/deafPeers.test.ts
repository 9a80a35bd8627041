import { afterAll, beforeAll, it } from 'vitest'
import { sendHttp } from '../input/support/httpRequest.js'
import { openArena } from './support/arena.js'
import { frame, openSockets, textFrame } from './support/attackers.js'

const PEERS = 10
const PING = 0x89
const pingFrames = Buffer.concat(Array.from({ length: 500 }, () => frame(PING, Buffer.alloc(125))))

let arena: Awaited<ReturnType<typeof openArena>>
beforeAll(async () => {
  arena = await openArena()
})
afterAll(() => arena[Symbol.asyncDispose]())

it('peers that have much echoed and never read harm nobody', async () => {
  await arena.withstand(async ({ url, acquireToken }) => {
    using sockets = openSockets(url)
    const echo = textFrame(`421["echo","${'x'.repeat(60_000)}"]`)
    const peers = await Promise.all(
      Array.from({ length: PEERS }, async () => {
        const peer = await sockets.openDeaf()
        peer.write(textFrame(`40${JSON.stringify({ token: await acquireToken() })}`))
        return peer
      }),
    )
    await sendHttp(url, { path: '/health' }) // gives the server time to admit all peers
    for (let count = 0; count < 60; count++) {
      for (const peer of peers) peer.write(echo)
      await sendHttp(url, { path: '/health' })
    }
  })
})

it('peers that ping in the way of WebSocket and never read harm nobody', async () => {
  await arena.withstand(async ({ url }) => {
    using sockets = openSockets(url)
    for (let count = 0; count < PEERS; count++) {
      const peer = await sockets.openDeaf()
      for (let round = 0; round < 4; round++) peer.write(pingFrames)
      await sendHttp(url, { path: '/health' })
    }
  })
})
