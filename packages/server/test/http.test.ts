import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startServer, temporaryDirectory } from './support/server.js'

const report = {
  message: 'YektaYar Mental Health Platform API',
  version: '0.1.0',
  status: 'running',
  features: { rest: true, websocket: true, authentication: true, realtime: true },
}

async function fetchJson(url: string, init?: RequestInit) {
  const response = await fetch(url, init)
  return {
    status: response.status,
    headers: response.headers,
    body: await response.json(),
  }
}

describe('REST', () => {
  it.each(['/', '/api'])('tells at %s what the server is', async (path) => {
    await using context = await startServer()
    expect(await fetchJson(context.url + path)).toMatchObject({ status: 200, body: report })
  })

  it('tells at /health that it lives', async () => {
    await using context = await startServer()
    const { body } = await fetchJson(`${context.url}/health`)
    expect(body).toStrictEqual({
      status: 'healthy',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    })
  })

  it.each([
    ['GET', '/nothing', 404, 'not_found'],
    ['DELETE', '/api', 404, 'not_found'],
    ['GET', '/%zz', 400, 'invalid_input'],
    ['GET', '/api/session', 401, 'token_required'],
    ['GET', '/api-docs', 404, 'not_found'],
    ['GET', '/socket%2Eio/x', 404, 'not_found'],
  ])('answers %s %s with %i and the code %s', async (method, path, status, code) => {
    await using context = await startServer()
    const answer = await fetchJson(context.url + path, { method })
    expect(answer).toMatchObject({ status, body: { error: { code, retryable: false } } })
    expect(Object.keys(answer.body as object)).toEqual(['error'])
  })

  it('names the scheme that a 401 asks for', async () => {
    await using context = await startServer()
    const { headers } = await fetchJson(`${context.url}/api/session`)
    expect(headers.get('www-authenticate')).toBe('Bearer')
  })

  it.each([
    ['no JSON', '{"metadata":', 'invalid_input', 400],
    ['nested metadata', '{"metadata":{"a":{"b":1}}}', 'invalid_input', 400],
    ['a list as metadata', '{"metadata":[]}', 'invalid_input', 400],
    ['polluting keys', '{"metadata":{"__proto__":1}}', 'invalid_input', 400],
    [
      'metadata over 2 KB',
      JSON.stringify({ metadata: { a: 'x'.repeat(2048) } }),
      'invalid_input',
      400,
    ],
    ['a body over 64 KiB', JSON.stringify({ a: 'x'.repeat(65536) }), 'payload_too_large', 413],
  ])('refuses %s', async (_what, body, code, status) => {
    await using context = await startServer()
    const answer = await fetchJson(`${context.url}/api/session/acquire`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(answer).toMatchObject({ status, body: { error: { code } } })
  })

  it('names the wrong field', async () => {
    await using context = await startServer()
    const { body } = await fetchJson(`${context.url}/api/session/acquire`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"metadata":{"device":{}}}',
    })
    expect(body).toMatchObject({
      error: {
        message: expect.stringMatching(/^Invalid request at "metadata.device": ./) as string,
        data: { issues: [{ path: 'metadata.device' }] },
      },
    })
  })

  it('serves a page at / and JSON beside it', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'index.html'), '<h1>Demo</h1>')
    await using context = await startServer({ demoDirectory: directory.path })

    const page = await fetch(context.url)
    expect(await page.text()).toBe('<h1>Demo</h1>')
    expect(page.headers.get('cache-control')).toBe('no-cache')
    expect(await fetchJson(`${context.url}/api`)).toMatchObject({ status: 200, body: report })
    expect(await fetchJson(`${context.url}/nothing`)).toMatchObject({ status: 404 })
  })
})
