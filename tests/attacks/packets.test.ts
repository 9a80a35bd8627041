import { coreContract, SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendHttp } from '../input/support/httpRequest.js'
import { openRaw } from '../input/support/rawConnection.js'
import { openArena } from './support/arena.js'
import { openSockets, textFrame } from './support/attackers.js'

const POLLING = '/socket.io/?EIO=4&transport=polling'
const DEPTH = 5_000
const deep = '['.repeat(DEPTH) + ']'.repeat(DEPTH)
const json = { 'Content-Type': 'application/json' }

let arena: Awaited<ReturnType<typeof openArena>>
beforeAll(async () => {
  arena = await openArena({ handshakeBurstPerAddress: 10_000 })
})
afterAll(() => arena[Symbol.asyncDispose]())

it('a payload 5,000 deep to every command harms nobody', async () => {
  await arena.withstand(async ({ admittedRaw }) => {
    for (const name of Object.keys(coreContract.commands)) {
      const raw = await admittedRaw()
      raw.send(`421["${name}",${deep}]`)
      await raw.closed
    }
  })
})

it('handshakes and REST bodies 5,000 deep harm nobody', async () => {
  await arena.withstand(async ({ url, acquireToken }) => {
    const headers = { ...json, Authorization: `Bearer ${await acquireToken()}` }
    for (let count = 0; count < 20; count++) {
      const raw = await openRaw(url)
      raw.send(`40{"token":${deep}}`)
      await raw.closed
      for (const path of [SESSION_ACQUIRE_PATH, '/api/session/sign-in', '/api/session/renew']) {
        const body = `{"metadata":${deep},"username":${deep}}`
        const { status } = await sendHttp(url, { method: 'POST', path, headers, body })
        expect(status).toBeLessThan(500)
      }
    }
  })
})

it('5,000 CONNECT packets on one socket harm nobody', async () => {
  await arena.withstand(async ({ url }) => {
    using sockets = openSockets(url)
    const socket = await sockets.openDeaf()
    socket.resume()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const connect = textFrame(`40${JSON.stringify({ token: 'x'.repeat(43) })}`)
    for (let count = 0; count < 5_000; count++) socket.write(connect)
    await closed
  })
})

it('polling bodies full of tiny packets harm nobody', async () => {
  const packets = ['3', '6', '', '40', '42["ping"]', '431[]']
  await arena.withstand(async ({ url, acquireToken }) => {
    for (const packet of [...packets, ...packets]) {
      const { text } = await sendHttp(url, { path: POLLING })
      const { sid } = JSON.parse(text.slice(1)) as { sid: string }
      const path = `${POLLING}&sid=${sid}`
      const connect = `40${JSON.stringify({ token: await acquireToken() })}`
      await sendHttp(url, { method: 'POST', path, body: connect })
      const body = `${packet}\u001e`.repeat(65_000 / (packet.length + 1))
      // A reset is fine too.
      await sendHttp(url, { method: 'POST', path, body }).catch(() => undefined)
      // The first polls return what was still queued. After the close, the session id is unknown.
      await expect.poll(async () => (await sendHttp(url, { path })).status).toBe(400)
    }
  })
})

it('tokens that are arrays, objects, NUL or a megabyte harm nobody', async () => {
  const tokens = [
    [['x'.repeat(43)]],
    { token: 'x', length: 43, toString: 'x' },
    '\u0000'.repeat(43),
    'x'.repeat(1_000_000),
  ]
  await arena.withstand(async ({ url }) => {
    for (const token of [...tokens, ...tokens]) {
      const raw = await openRaw(url)
      raw.send(`40${JSON.stringify({ token })}`)
      expect((await raw.next('44')) ?? 'closed').not.toContain('internal_error')
      raw.close()
      const text = encodeURIComponent(typeof token === 'string' ? token : JSON.stringify(token))
      const headers = { Authorization: `Bearer ${text}` }
      const answer = await sendHttp(url, { path: '/api/session', headers }).catch(() => undefined)
      expect(answer?.status ?? 431).toBeOneOf([401, 431])
      // The URL may be too long.
      await sendHttp(url, { path: `${POLLING}&token=${text}` }).catch(() => undefined)
    }
  })
})
