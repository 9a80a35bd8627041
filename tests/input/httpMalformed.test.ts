import { expect, it } from 'vitest'
import { checkErrorBody } from './support/answers.js'
import { sendBytes } from './support/httpRequest.js'
import { startScene } from './support/scene.js'

const acquire =
  'POST /api/session/acquire HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'

const malformed: [what: string, bytes: string | Uint8Array, status: number][] = [
  ['garbage', 'garbage\r\n\r\n', 400],
  ['bytes of TLS', Buffer.from('16030100a5010000a10303', 'hex'), 400],
  ['an unknown method', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['an unknown version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', 400],
  ['a space in the URL', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['NUL in the URL', 'GET /\u0000 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\nA: \u0000\r\n\r\n', 400],
  ['a header without a colon', 'GET / HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n', 400],
  ['a wrong length', `${acquire}Content-Length: x\r\n\r\n`, 400],
  ['two lengths', `${acquire}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
  ['a length and chunks', `${acquire}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
  ['a broken chunk', `${acquire}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`, 400],
  ['an overlong URL', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ['an overlong header', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ['a megabyte of URL', `GET /?token=${'a'.repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
]

it.each(malformed)(
  'answers %s with the one error shape and closes',
  async (_what, bytes, status) => {
    await using scene = await startScene()
    const said = await sendBytes(scene.url, bytes)
    if (said === '') return // reset while sending, which counts as a close
    const [head = '', body = ''] = said.slice(said.lastIndexOf('HTTP/1.1')).split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    checkErrorBody(body, true) // it may have been garbled on the way
  },
)

it('closes a CONNECT that asks for a tunnel', async () => {
  await using scene = await startScene()
  const said = await sendBytes(scene.url, 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n')
  expect(said).not.toMatch(/^HTTP\/1\.1 2/)
})

it('answers a request without a Host header', async () => {
  await using scene = await startScene()
  const said = await sendBytes(scene.url, 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n')
  expect(said).toMatch(/^HTTP\/1\.1 400 /)
})
