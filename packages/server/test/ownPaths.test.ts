import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startServer, temporaryDirectory } from './support/server.js'

const listed = 'https://app.example.org'
const foreign = 'https://evil.example'
const options = { corsOrigins: [listed], environment: 'production' } as const

function preflight(url: string, origin: string) {
  return fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  })
}

describe('a page of an allowed origin', () => {
  it.each([
    ['GET', '/', 200],
    ['GET', '/nothing', 404],
    ['POST', '/v2/api/session/acquire', 404],
    ['DELETE', '/api', 404],
  ])('reads the answer to %s %s', async (method, path, status) => {
    await using context = await startServer({ ...options, corsCredentials: true })
    const answer = await fetch(context.url + path, { method, headers: { origin: listed } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBe(listed)
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
    expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After')
    expect(answer.headers.get('vary')).toContain('Origin')
    expect((await preflight(context.url + path, listed)).status).toBe(204)
  })

  it('may ask for what it sends to an address that there is not', async () => {
    await using context = await startServer(options)
    const { headers } = await preflight(`${context.url}/v2/api/session/acquire`, listed)
    expect(headers.get('access-control-allow-origin')).toBe(listed)
    expect(headers.get('access-control-allow-methods')).toContain('POST')
    expect(headers.get('access-control-allow-headers')).toContain('content-type')
  })

  it('reads nothing of them where it is not allowed', async () => {
    await using context = await startServer(options)
    for (const [path, status] of [
      ['/', 403],
      ['/nothing', 404],
    ] as const) {
      const answer = await fetch(context.url + path, { headers: { origin: foreign } })
      expect([path, answer.status]).toEqual([path, status])
      expect(answer.headers.get('access-control-allow-origin')).toBe(null)
      expect((await preflight(context.url + path, foreign)).ok).toBe(false)
    }
  })

  it('gets no such headers where a proxy sets them', async () => {
    await using context = await startServer({ ...options, corsHeaders: false })
    for (const path of ['/', '/nothing']) {
      const { headers } = await fetch(context.url + path, { headers: { origin: listed } })
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
})

describe('a served page', () => {
  it('says where the server is, where that is not the default', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'index.html'), '<!doctype html><head><title>Demo</title>')
    await writeFile(join(directory.path, 'page.js'), 'export {}')
    await using context = await startServer({
      demoDirectory: directory.path,
      path: '/v1/live',
      basePath: '/v1/',
    })
    for (const path of ['/', '/index.html']) {
      const answer = await fetch(context.url + path)
      expect(await answer.text()).toBe(
        '<!doctype html><head><meta name="yektayar-path" content="/v1/live">' +
          '<meta name="yektayar-base-path" content="/v1"><title>Demo</title>',
      )
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'")
    }
    expect((await fetch(`${context.url}/page.js`)).status).toBe(200)
    expect((await fetch(`${context.url}/v1/health`)).status).toBe(200)
  })

  it('may be missing', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'page.js'), 'export {}')
    await using context = await startServer({ demoDirectory: directory.path, basePath: '/v1' })
    expect((await fetch(context.url)).status).toBe(404)
    expect((await fetch(`${context.url}/page.js`)).status).toBe(200)
  })
})
