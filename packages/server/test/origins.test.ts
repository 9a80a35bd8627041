import { describe, expect, it } from 'vitest'
import { OptionError } from '../src/index.js'
import { connected, refused, startServer } from './support/server.js'

const listed = 'https://app.example.org'
const foreign = 'https://evil.example'
const options = { corsOrigins: [listed], environment: 'production' } as const

describe('the list of origins', () => {
  it.each(['polling', 'websocket'])('fences %s', async (transport) => {
    await using context = await startServer(options)
    const { token } = await context.acquire()
    const clientFrom = (origin: string) =>
      context.client({
        auth: { token },
        transports: [transport],
        reconnection: false,
        extraHeaders: { origin },
      })

    await connected(clientFrom(listed))
    await connected(clientFrom(context.url))
    for (const origin of [
      foreign,
      'null',
      `${listed}.evil.example`,
      'http://localhost:5173',
      'junk',
    ]) {
      expect(await refused(clientFrom(origin))).toBeInstanceOf(Error)
    }
    expect(context.server.io.sockets.sockets.size).toBe(2)
  })

  it('fences REST with the same rule', async () => {
    await using context = await startServer(options)
    const status = async (origin: string) => {
      const response = await fetch(`${context.url}/api`, { headers: { origin } })
      return [response.status, response.headers.get('access-control-allow-origin')]
    }
    expect(await status(listed)).toEqual([200, listed])
    expect(await status(context.url)).toEqual([200, context.url])
    expect(await status(foreign)).toEqual([403, null])
    expect(await status('null')).toEqual([403, null])
  })

  it('answers the preflight of a listed origin and of no other', async () => {
    await using context = await startServer(options)
    const preflight = (origin: string) =>
      fetch(`${context.url}/api/session/acquire`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      })
    const allowed = await preflight(listed)
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-headers')).toContain('content-type')
    expect((await preflight(foreign)).status).toBe(403)
  })

  it('holds this machine’s ports in development', async () => {
    await using context = await startServer({ environment: 'development' })
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1:1', 'http://[::1]:5173']) {
      expect((await fetch(`${context.url}/api`, { headers: { origin } })).status).toBe(200)
    }
    const headers = { origin: 'http://localhost.evil.example' }
    expect((await fetch(`${context.url}/api`, { headers })).status).toBe(403)
  })

  it('lets every origin in with *, without credentials', async () => {
    await using context = await startServer({ corsOrigins: ['*'] })
    const headers = { origin: foreign }
    expect((await fetch(`${context.url}/api`, { headers })).status).toBe(200)
  })

  it.each([
    [{ corsOrigins: ['*'], corsCredentials: true }, /credentials/],
    [{ corsOrigins: ['app.example.org'] }, /"app.example.org"/],
    [{ corsOrigins: ['https://app.example.org/path'] }, /an origin like/],
  ])('refuses to start with %j', async (wrong, message) => {
    const start = startServer(wrong)
    await expect(start).rejects.toThrow(OptionError)
    await expect(start).rejects.toThrow(message)
  })
})
