import { MAX_METADATA_BYTES, SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import { defaultLimits } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { checkErrorBody } from './support/answers.js'
import { sendHttp } from './support/httpRequest.js'
import type { HttpResponse } from './support/httpRequest.js'
import { startScene } from './support/scene.js'
import type { Scene } from './support/scene.js'

const JSON_TYPE = 'application/json'
const tooMany = Object.fromEntries(
  Array.from({ length: 1_000 }, (_, index) => [`k${index}`, index]),
)

/** Requests a session with exactly this body. */
function acquire({ url }: Scene, body: string | Uint8Array, type = JSON_TYPE) {
  const headers = { 'Content-Type': type }
  return sendHttp(url, { method: 'POST', path: SESSION_ACQUIRE_PATH, headers, body })
}

function expectError(answer: HttpResponse, status: number, code: string): void {
  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(checkErrorBody(answer.text).code).toBe(code)
}

describe('acquiring a session is refused', () => {
  it.each([
    ['bad JSON', '{"metadata":'],
    ['text', 'text'],
    ['a bare word', 'undefined'],
    ['NUL', '\u0000'],
    ['only spaces', '   '],
    ['a byte order mark alone', '\ufeff'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['__proto__ at the top', '{"__proto__":{"polluted":true}}'],
    ['__proto__ in the metadata', '{"metadata":{"__proto__":{"polluted":true}}}'],
    ['__proto__ in disguise', '{"metadata":{"\\u005f_proto__":{"polluted":true}}}'],
    ['constructor.prototype', '{"metadata":{"constructor":{"prototype":{"polluted":true}}}}'],
    ['an array', '[]'],
    ['a text', '"text"'],
    ['a number', '1'],
    ['true', 'true'],
    ['metadata that is an array', '{"metadata":[]}'],
    ['metadata that is a text', '{"metadata":"text"}'],
    ['metadata that is a number', '{"metadata":1}'],
    ['metadata that is null', '{"metadata":null}'],
    ['an object in the metadata', '{"metadata":{"a":{}}}'],
    ['an array in the metadata', '{"metadata":{"a":[1]}}'],
    ['an infinite number in the metadata', '{"metadata":{"a":1e999}}'],
    ['a long key in the metadata', `{"metadata":{"${'k'.repeat(65)}":1}}`],
    ['too large metadata', JSON.stringify({ metadata: { a: 'x'.repeat(MAX_METADATA_BYTES) } })],
    ['too many metadata', JSON.stringify({ metadata: tooMany })],
    ['arrays 5,000 deep', '['.repeat(5_000) + ']'.repeat(5_000)],
    ['metadata 5,000 deep', `{"metadata":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`],
    [
      'metadata as deep as a body can be',
      `{"metadata":${'['.repeat(32_000)}${']'.repeat(32_000)}}`,
    ],
  ])('with %s', async (_what, body) => {
    await using scene = await startScene()
    expectError(await acquire(scene, body), 400, 'invalid_input')
  })

  it('with a bounded list of reasons, however much is wrong', async () => {
    await using scene = await startScene()
    const metadata = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`k${index}`, []]),
    )
    const answer = await acquire(scene, JSON.stringify({ metadata }))
    expectError(answer, 400, 'invalid_input')
    expect(answer.text.length).toBeLessThan(10_000)

    const longKey = await acquire(scene, JSON.stringify({ metadata: { ['k'.repeat(60_000)]: [] } }))
    expectError(longKey, 400, 'invalid_input')
    expect(longKey.text.length).toBeLessThan(10_000)
  })

  it.each([
    ['plain text', 'text/plain'],
    ['XML', 'application/xml'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['a form with files', 'multipart/form-data; boundary=x'],
    ['an unknown type', 'x/y'],
    ['a broken type', ';;;'],
    ['a type with a bad character set', 'application/json; charset=\u00ff'],
    ['a very long type', `application/json; a=${'x'.repeat(8_000)}`],
  ])('or taken, when its JSON is announced as %s', async (_what, type) => {
    await using scene = await startScene()
    const answer = await acquire(scene, '{"metadata":{}}', type)
    if (answer.status !== 200) expectError(answer, 400, 'invalid_input')
  })

  it('with a body over the limit, announced or in chunks', async () => {
    await using scene = await startScene()
    const body = JSON.stringify({ metadata: { a: 'x'.repeat(defaultLimits.maxPayloadBytes) } })
    expectError(await acquire(scene, body), 413, 'payload_too_large')
    const headers = { 'Content-Type': JSON_TYPE, 'Transfer-Encoding': 'chunked' }
    const request = { method: 'POST', path: SESSION_ACQUIRE_PATH, headers, body }
    expectError(await sendHttp(scene.url, request), 413, 'payload_too_large')
  })
})

describe('acquiring a session succeeds', () => {
  it.each([
    ['no body and no type', undefined, {}],
    ['an empty body that is announced as JSON', '', { 'Content-Type': JSON_TYPE }],
    ['null', 'null', { 'Content-Type': JSON_TYPE }],
    ['an empty object', '{}', { 'Content-Type': JSON_TYPE }],
    ['unknown fields', '{"other":{"deep":[[]]}}', { 'Content-Type': JSON_TYPE }],
    ['a byte order mark before the JSON', '\ufeff{}', { 'Content-Type': JSON_TYPE }],
  ])('with %s', async (_what, body, headers) => {
    await using scene = await startScene()
    const request = { method: 'POST', path: SESSION_ACQUIRE_PATH, headers }
    const answer = await sendHttp(scene.url, body === undefined ? request : { ...request, body })
    expect(answer.status).toBe(200)
    expect(Object.keys(JSON.parse(answer.text) as object).sort()).toEqual(['expiresAt', 'token'])
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('and keeps odd but valid metadata intact', async () => {
    await using scene = await startScene()
    const metadata = {
      '': '',
      '\u0000': '\u0000',
      '\ud800': '\udc00',
      constructor: 'Ada',
      toString: null,
      sql: "'; DROP TABLE sessions; --",
      big: Number.MAX_SAFE_INTEGER,
      small: 5e-324,
      yes: true,
      سلام: '🧠\u202e',
    }
    const { text } = await acquire(scene, JSON.stringify({ metadata }))
    const { token } = JSON.parse(text) as { token: string }
    const headers = { Authorization: `Bearer ${token}` }
    const session = await sendHttp(scene.url, { path: '/api/session', headers })
    expect((JSON.parse(session.text) as { metadata: unknown }).metadata).toEqual(metadata)
  })

  it('with metadata as large as the limit, counted in bytes', async () => {
    await using scene = await startScene()
    const fits = { a: 'é'.repeat((MAX_METADATA_BYTES - '{"a":""}'.length) / 2) }
    expect((await acquire(scene, JSON.stringify({ metadata: fits }))).status).toBe(200)
    const over = { a: `${fits.a}x` }
    expectError(await acquire(scene, JSON.stringify({ metadata: over })), 400, 'invalid_input')
  })
})
