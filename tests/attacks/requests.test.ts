import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sendBytes, sendHttp } from '../input/support/httpRequest.js'
import { openRaw } from '../input/support/rawConnection.js'
import { openArena } from './support/arena.js'

const POLLING = '/socket.io/?EIO=4&transport=polling'
const chunked = 'Transfer-Encoding: chunked\r\n'
const empty = '\r\n0\r\n\r\n'

const smuggling: [what: string, headersAndBody: string][] = [
  ['a length before chunks', `Content-Length: 6\r\n${chunked}${empty}`],
  ['chunks before a length', `${chunked}Content-Length: 6\r\n${empty}`],
  ['the same length twice', 'Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}'],
  ['two lengths', 'Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}'],
  ['a list of lengths', 'Content-Length: 2, 2\r\n\r\n{}'],
  ['a length with a sign', 'Content-Length: +2\r\n\r\n{}'],
  ['a negative length', 'Content-Length: -2\r\n\r\n{}'],
  ['a length beyond all numbers', 'Content-Length: 99999999999999999999\r\n\r\n{}'],
  ['a space before the colon of a length', 'Content-Length : 2\r\n\r\n{}'],
  ['a space before the colon of an encoding', `Transfer-Encoding : chunked\r\n${empty}`],
  ['a folded length', 'Content-Length:\r\n 2\r\n\r\n{}'],
  ['a folded encoding', `Transfer-Encoding:\r\n chunked\r\n${empty}`],
  ['a folded header', 'X-Any: a\r\n b\r\nContent-Length: 2\r\n\r\n{}'],
  ['an encoding that is not the last', `Transfer-Encoding: chunked, identity\r\n${empty}`],
  ['an unknown encoding', `Transfer-Encoding: xchunked\r\n${empty}`],
  ['the encoding twice', `${chunked}${chunked}${empty}`],
  ['a carriage return in a header', 'X-Any: a\rContent-Length: 2\r\n\r\n{}'],
  ['a line feed alone', 'Content-Length: 2\r\n\n{}'],
  ['a negative chunk', `${chunked}\r\n-1\r\n{}\r\n0\r\n\r\n`],
  ['a chunk with a prefix', `${chunked}\r\n0x2\r\n{}\r\n0\r\n\r\n`],
  ['a chunk beyond all numbers', `${chunked}\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n`],
  ['a chunk that is longer than it says', `${chunked}\r\n1\r\n{}\r\n0\r\n\r\n`],
  ['chunks with line feeds alone', `${chunked}\r\n2\n{}\n0\n\n`],
]

let arena: Awaited<ReturnType<typeof openArena>>
beforeAll(async () => {
  arena = await openArena({ handshakeBurstPerAddress: 10_000 })
})
afterAll(() => arena[Symbol.asyncDispose]())

it('a second request cannot be smuggled in behind one that can be read in two ways', async () => {
  const second = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'
  await arena.withstand(async ({ url }) => {
    for (const path of [SESSION_ACQUIRE_PATH, `${POLLING}&sid=x`]) {
      const first = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`
      for (const [what, rest] of smuggling) {
        const said = await sendBytes(url, first + rest + second)
        const answers = said.match(/HTTP\/1\.1 \d+/g) ?? []
        expect(new Set(answers), what).toEqual(new Set(['HTTP/1.1 400']))
      }
    }
  })
})

it('foreign origins, the origin null and none harm nobody', async () => {
  const origins: [origin: string | undefined, isLetIn: boolean][] = [
    ['https://evil.example', false],
    ['null', false],
    [undefined, true],
  ]
  await arena.withstand(async ({ url }) => {
    for (const [origin, isLetIn] of [...origins, ...origins, ...origins]) {
      const headers = origin === undefined ? {} : { Origin: origin }
      const rest = await sendHttp(url, { path: '/api', headers })
      expect(rest.status).toBe(isLetIn ? 200 : 403)
      const poll = await sendHttp(url, { path: POLLING, headers })
      expect(poll.status).toBe(isLetIn ? 200 : 403)
      const raw = await openRaw(url, { headers }).catch(() => undefined)
      expect(raw !== undefined).toBe(isLetIn)
      raw?.close()
    }
  })
})
