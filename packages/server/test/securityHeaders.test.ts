import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { yektayar } from '../src/index.js'
import { startServer } from './support/server.js'

const docs = { username: 'admin', password: 'correct horse' }
const authorization = `Basic ${Buffer.from('admin:correct horse').toString('base64')}`

/** A server with the API docs and a demo page. */
async function startWithPages() {
  const demoDirectory = await mkdtemp(join(tmpdir(), 'yektayar-page-'))
  await writeFile(join(demoDirectory, 'index.html'), '<!doctype html><title>A page</title>')
  const context = await startServer({ docs, demoDirectory })
  return {
    headersOf: async (path: string) =>
      (await fetch(context.url + path, { headers: { authorization } })).headers,
    async [Symbol.asyncDispose]() {
      await context[Symbol.asyncDispose]()
      await rm(demoDirectory, { recursive: true })
    },
  }
}

describe('the headers', () => {
  it.each(['/', '/api-docs', '/api-docs/static/swagger-ui.css'])(
    'of %s let the page load what is of its own origin, and be framed by nobody',
    async (path) => {
      await using pages = await startWithPages()
      const headers = await pages.headersOf(path)
      const policy = headers.get('content-security-policy')
      expect(policy).toContain("default-src 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      // Swagger UI needs inline styles.
      const elsewhere = policy?.replace("style-src 'self' 'unsafe-inline'", '')
      expect(elsewhere).not.toMatch(/unsafe-(inline|eval)|upgrade-insecure-requests/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('strict-transport-security')).toBeNull()
    },
  )

  it.each(['/api', '/health', '/ready', '/api/session', '/nothing'])(
    'of %s forbid sniffing and name no referrer',
    async (path) => {
      await using pages = await startWithPages()
      const headers = await pages.headersOf(path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    },
  )

  it('of an app’s own routes are its own', async () => {
    const app = Fastify()
    await app.register(yektayar({ databaseUrl: 'sqlite::memory:' }))
    app.get('/mine', () => 'mine')
    const { headers } = await app.inject('/mine')
    await app.close()
    expect(headers).not.toHaveProperty('x-content-type-options')
    expect(headers).not.toHaveProperty('content-security-policy')
  })
})
