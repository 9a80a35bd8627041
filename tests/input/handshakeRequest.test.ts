import { describe, expect, it } from 'vitest'
import { sendBytes, sendHttp } from './support/httpRequest.js'
import type { HttpResponse } from './support/httpRequest.js'
import { startScene } from './support/scene.js'

const PATH = '/socket.io/'

const badQueries: [what: string, query: string][] = [
  ['nothing', ''],
  ['no transport', '?EIO=4'],
  ['an unknown transport', '?EIO=4&transport=pigeon'],
  ['the transport webtransport', '?EIO=4&transport=webtransport'],
  ['the transport __proto__', '?EIO=4&transport=__proto__'],
  ['the transport constructor', '?EIO=4&transport=constructor'],
  ['two transports', '?EIO=4&transport=polling&transport=websocket'],
  ['an older protocol', '?EIO=3&transport=polling'],
  ['no protocol', '?transport=polling'],
  ['a protocol that is no number', '?EIO=x&transport=polling'],
  ['an unknown session', '?EIO=4&transport=polling&sid=unknown'],
  ['the session __proto__', '?EIO=4&transport=polling&sid=__proto__'],
  ['the session constructor', '?EIO=4&transport=polling&sid=constructor'],
  ['the session toString', '?EIO=4&transport=polling&sid=toString'],
  ['two sessions', '?EIO=4&transport=polling&sid=a&sid=b'],
  ['a session with NUL', '?EIO=4&transport=polling&sid=%00'],
  ['a bad percent-encoding', '?EIO=4&transport=%zz&sid=%'],
]

/** Checks a refusal in Engine.IO's format, which Socket.IO's clients understand. */
function checkRefusal({ status, text }: { status: number; text: string }): void {
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
  const { code, message, ...rest } = JSON.parse(text) as Record<string, unknown>
  expect(code).toBeTypeOf('number')
  expect(message).toBeTypeOf('string')
  expect(rest).toEqual({})
}

/** Opens a polling connection and returns its session id. */
async function openPolling(url: string): Promise<string> {
  const { text } = await sendHttp(url, { path: `${PATH}?EIO=4&transport=polling` })
  return (JSON.parse(text.slice(1)) as { sid: string }).sid
}

describe('a handshake over polling', () => {
  it.each(badQueries)('is refused with %s', async (_what, query) => {
    await using scene = await startScene()
    for (const method of ['GET', 'POST']) {
      checkRefusal(await sendHttp(scene.url, { method, path: `${PATH}${query}` }))
    }
  })

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('is refused with the method %s', async (method) => {
    await using scene = await startScene()
    checkRefusal(await sendHttp(scene.url, { method, path: `${PATH}?EIO=4&transport=polling` }))
  })

  it.each([
    ['garbage', 'garbage'],
    ['nothing', ''],
    ['only separators', '\u001e\u001e\u001e'],
    ['many packets in one', '4\u001e'.repeat(10_000)],
    ['bad base64', 'b!!!'],
    ['a binary attachment out of nowhere', 'bAAAA'],
    ['the wrong direction of a ping', '2'],
    ['an unfinished packet', '42["ping"'],
    ['a close', '1'],
  ])('leads to a session that ends or goes on after a body with %s', async (_what, body) => {
    await using scene = await startScene()
    const sid = await openPolling(scene.url)
    const path = `${PATH}?EIO=4&transport=polling&sid=${sid}`
    const { status } = await sendHttp(scene.url, { method: 'POST', path, body })
    expect([200, 400]).toContain(status)
    const { status: after } = await sendHttp(scene.url, { method: 'POST', path, body: '3' })
    expect([200, 400]).toContain(after)
  })

  it('is refused a body over the limit', async () => {
    await using scene = await startScene()
    const sid = await openPolling(scene.url)
    const path = `${PATH}?EIO=4&transport=polling&sid=${sid}`
    const body = `40${JSON.stringify({ token: 'x'.repeat(1_000_000) })}`
    const answer = await sendHttp(scene.url, { method: 'POST', path, body }).catch(asReset)
    expect([413, 0]).toContain(answer.status)
  })

  it.each([
    ['as bytes', { 'Content-Type': 'application/octet-stream' }],
    ['as JSON', { 'Content-Type': 'application/json' }],
    ['with a broken type', { 'Content-Type': ';;;' }],
  ])('takes or refuses a body sent %s', async (_what, headers) => {
    await using scene = await startScene()
    const sid = await openPolling(scene.url)
    const path = `${PATH}?EIO=4&transport=polling&sid=${sid}`
    const answer = await sendHttp(scene.url, { method: 'POST', path, headers, body: '3' }).catch(
      asReset,
    )
    expect([200, 400, 0]).toContain(answer.status)
  })

  it('survives two polls and two bodies at once', async () => {
    await using scene = await startScene()
    const sid = await openPolling(scene.url)
    const path = `${PATH}?EIO=4&transport=polling&sid=${sid}`
    const requests = [
      ...[1, 2].map(() => sendHttp(scene.url, { path })),
      ...[1, 2].map(() => sendHttp(scene.url, { method: 'POST', path, body: '40{"token":1}' })),
    ]
    const answers = await Promise.all(requests.map((each) => each.catch(asReset)))
    for (const { status } of answers) expect([200, 400, 0]).toContain(status)
  })

  it.each(['0', '1e9', '%00', '<script>', '__proto__'])(
    'answers a request for JSONP numbered %s without executing it',
    async (number) => {
      await using scene = await startScene()
      const path = `${PATH}?EIO=4&transport=polling&j=${encodeURIComponent(number)}`
      const { status, text } = await sendHttp(scene.url, { path })
      expect(status).toBe(200)
      expect(text).not.toContain('<script>')
      const sid = /sid\\?":\\?"([^"\\]+)/.exec(text)?.[1] ?? ''
      const body = 'd=%zz&d=4&d[__proto__]=1'
      const answer = await sendHttp(scene.url, {
        method: 'POST',
        path: `${path}&sid=${sid}`,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body,
      }).catch(asReset)
      expect([200, 400, 0]).toContain(answer.status)
    },
  )
})

describe('a handshake over websocket', () => {
  it.each([
    ['an unknown session', '&sid=unknown'],
    ['the session __proto__', '&sid=__proto__'],
    ['two sessions', '&sid=a&sid=b'],
  ])('is refused with %s', async (_what, query) => {
    await using scene = await startScene()
    const refusal: unknown = await scene.raw({ query }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ status: 400, body: 'Session ID unknown' })
  })

  it.each([
    ['a second protocol', '&EIO=3'],
    ['a second transport', '&transport=polling'],
  ])('is closed without a greeting with %s', async (_what, query) => {
    await using scene = await startScene()
    const raw = await scene.raw({ query })
    await raw.closed
    expect(raw.frames).toEqual([])
  })

  it.each([
    ['no key', ''],
    ['a key that is too short', 'Sec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\n'],
    [
      'an unknown version',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 99\r\n',
    ],
  ])('is refused with %s', async (_what, headers) => {
    await using scene = await startScene()
    const said = await sendBytes(
      scene.url,
      `GET ${PATH}?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n` +
        `Connection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
    )
    expect(said).toMatch(/^(HTTP\/1\.1 4\d\d |$)/)
  })

  it('is refused outside the path of Socket.IO', async () => {
    await using scene = await startScene()
    const requests = ['/', '/api/session', '/socket.io', '/%zz'].map((path) =>
      sendBytes(
        scene.url,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      ),
    )
    for (const said of await Promise.all(requests)) {
      expect(said).toMatch(/^(HTTP\/1\.1 4\d\d |$)/)
    }
  })

  it('cannot take over a connection whose socket id it knows', async () => {
    await using scene = await startScene()
    const { id = '' } = await scene.attacker()
    const thief: unknown = await scene.raw({ query: `&sid=${id}` }).catch((e: unknown) => e)
    expect(thief).toMatchObject({ status: 400, body: 'Session ID unknown' })
  })
})

/** Stands for the response when the server has reset the connection, which counts as a close. */
function asReset(): HttpResponse {
  return { status: 0, headers: {}, text: '' }
}
