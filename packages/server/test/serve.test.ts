import { describe, expect, it } from 'vitest'
import { detectRuntime } from '../src/shared/runtime.js'
import { bannerLines } from '../src/standalone/banner.js'
import { misspelledVariables, readConfig } from '../src/standalone/config.js'
import { serve } from '../src/standalone/serve.js'

const quiet = { PORT: '0', DATABASE_URL: 'sqlite::memory:', LOG_LEVEL: 'silent', DEMO: 'off' }

async function serveQuietly(environment: Record<string, string>) {
  const printed: string[] = []
  const server = await serve({ ...quiet, ...environment }, (text) => printed.push(text))
  return {
    server,
    banner: printed.join('\n'),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

describe('the configuration', () => {
  it('has the defaults of the documentation', () => {
    expect(readConfig({})).toEqual({
      PORT: 3000,
      HOST: 'localhost',
      DATABASE_URL: 'sqlite:data/yektayar.db',
      PUBLIC_URL: [],
      CORS_ORIGIN: [],
      CORS_CREDENTIALS: false,
      CORS_HEADERS: true,
      SOCKET_IO_PATH: '/socket.io',
      BASE_PATH: '',
      HEALTH: true,
      SESSION_TTL_DAYS: 30,
      SESSION_IDLE_DAYS: 0,
      limits: {},
      DOCS_USERNAME: 'admin',
      TRUST_PROXY: [],
      ALLOW_QUERY_TOKEN: true,
      METRICS_HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      NODE_ENV: 'development',
    })
  })

  it('reads lists, switches and numbers', () => {
    expect(
      readConfig({
        PORT: '0',
        PUBLIC_URL: 'https://care.example',
        CORS_ORIGIN: 'https://a.example, https://b.example',
        TRUST_PROXY: '127.0.0.1,10.0.0.0/8,::1/128',
        ALLOW_QUERY_TOKEN: 'false',
        SESSION_TTL_DAYS: '0.5',
        DEMO: 'off',
        HOST: '',
      }),
    ).toMatchObject({
      PORT: 0,
      PUBLIC_URL: ['https://care.example'],
      CORS_ORIGIN: ['https://a.example', 'https://b.example'],
      TRUST_PROXY: ['127.0.0.1', '10.0.0.0/8', '::1/128'],
      ALLOW_QUERY_TOKEN: false,
      SESSION_TTL_DAYS: 0.5,
      DEMO: false,
      HOST: 'localhost',
    })
  })

  it.each([
    ['PORT', '65536'],
    ['PORT', 'abc'],
    ['DATABASE_URL', 'mysql://x'],
    ['SESSION_TTL_DAYS', '0'],
    ['SESSION_TTL_DAYS', 'never'],
    ['TRUST_PROXY', '1'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', 'loopback,10.1'],
    ['ALLOW_QUERY_TOKEN', 'yes'],
    ['METRICS_PORT', '65536'],
    ['LOG_LEVEL', 'loud'],
    ['NODE_ENV', 'staging'],
    ['DEMO', 'maybe'],
    ['DOCS_USERNAME', 'a:b'],
    ['CORS_HEADERS', 'off'],
    ['HEALTH', 'no'],
    ['HOST', 'http://localhost'],
    ['METRICS_HOST', 'http://localhost'],
    ['CORS_ORIGIN', 'app.example.org'],
    ['CORS_ORIGIN', 'https://*.org'],
    ['PUBLIC_URL', 'https://app.example.org/path'],
    ['BASE_PATH', 'v1'],
    ['BASE_PATH', '/v1/../v2'],
    ['SOCKET_IO_PATH', 'live'],
    ['SOCKET_IO_PATH', '/'],
    ['SOCKET_IO_PATH', '/api'],
    ['SOCKET_IO_PATH', '/health/'],
  ])('refuses %s=%s with its name, its value and what is allowed', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(`${name} is "${value}"; allowed: `)
    expect(() => readConfig({ [name]: value })).toThrow(
      expect.objectContaining({
        name: 'OptionError',
        message: expect.stringMatching(/^[^\n]+; allowed: [^\n]+$/) as string,
      }),
    )
  })

  it.each([
    ['/socket.io', ''],
    ['/socket.io/', '/socket.io-rest'],
    ['/live', '/socket.io'],
  ])('takes the paths %s and “%s”', (path, basePath) => {
    expect(readConfig({ SOCKET_IO_PATH: path, BASE_PATH: basePath })).toMatchObject({
      SOCKET_IO_PATH: path,
      BASE_PATH: basePath,
    })
  })

  it('refuses a path of Socket.IO where REST is by its base path', () => {
    expect(() => readConfig({ BASE_PATH: '/v1', SOCKET_IO_PATH: '/v1' })).toThrow(
      /^SOCKET_IO_PATH is "\/v1"; allowed: .*none of REST$/,
    )
    expect(readConfig({ BASE_PATH: '/v1/', SOCKET_IO_PATH: '/api' })).toMatchObject({
      SOCKET_IO_PATH: '/api',
    })
  })

  it('repeats no password of an address', () => {
    expect(() => readConfig({ DATABASE_URL: 'mysql://me:hush@host/base' })).toThrow(
      /^DATABASE_URL is "mysql:\/\/…@host\/base"; allowed: sqlite:/,
    )
  })

  it('says which variables were perhaps meant', () => {
    const given = { DATABSE_URL: 'x', CORS_ORIGINS: 'x', LIMIT_PACKET_BURTS: '1', LIMIT_NEVER: '1' }
    const others = { HOME: '/', PATH: '/', HOSTNAME: 'x', NODE_VERSION: '20', PORT: '1', TERM: 'x' }
    const ofPostgres = { PGHOST: 'x', PGPORT: '1' }
    expect(misspelledVariables({ ...given, ...others, ...ofPostgres })).toEqual([
      'DATABSE_URL is no variable of this server. Did you mean "DATABASE_URL"?',
      'CORS_ORIGINS is no variable of this server. Did you mean "CORS_ORIGIN"?',
      'LIMIT_PACKET_BURTS is no variable of this server. Did you mean "LIMIT_PACKET_BURST"?',
      'LIMIT_NEVER is no variable of this server. docs/SERVER.md lists all limits',
    ])
  })

  it('names every wrong variable at once and repeats no secret', () => {
    const wrong = { PORT: 'x', LOG_LEVEL: 'y', DOCS_PASSWORD: 'hush', METRICS_TOKEN: 'hush' }
    expect(() => readConfig(wrong)).toThrow(
      /^PORT is "x"[^\n]*\nDOCS_PASSWORD is set; allowed: at least 8 characters\nMETRICS_TOKEN is set[^\n]*\nLOG_LEVEL is "y"/,
    )
  })
})

describe('the ready server', () => {
  it('prints the banner of the guide and a login made up for this run', async () => {
    await using running = await serveQuietly({})
    const { url } = running.server
    expect(running.banner.split('\n')).toEqual([
      `⚡ Detected runtime: Node.js ${process.version}`,
      `🚀 YektaYar API Server running at ${url}`,
      `📚 API Documentation available at ${url}/api-docs`,
      '🔒 Documentation protected with Basic Auth',
      expect.stringMatching(/^🔑 Documentation login for this run: admin \/ \S{16}$/),
      `✅ Socket.IO enabled on same port (${new URL(url).port})`,
    ])
    const login = /run: (\S+) \/ (\S+)/.exec(running.banner)?.slice(1).join(':') ?? ''
    const headers = { authorization: `Basic ${Buffer.from(login).toString('base64')}` }
    expect((await fetch(`${url}/api-docs`, { headers })).status).toBe(200)
  })

  it('is where its variables say, with what they say', async () => {
    const origin = 'https://app.example.org'
    await using running = await serveQuietly({
      BASE_PATH: '/v1/',
      SOCKET_IO_PATH: '/v1/live',
      HEALTH: 'false',
      CORS_HEADERS: 'false',
      CORS_ORIGIN: origin,
    })
    const { url } = running.server
    expect(running.banner).toContain(`📚 API Documentation available at ${url}/v1/api-docs\n`)
    const ask = (path: string) => fetch(url + path, { headers: { origin } })
    const statuses: Record<string, number> = {}
    for (const path of [
      '/v1/api',
      '/api',
      '/v1/health',
      '/v1/live/?EIO=4&transport=polling',
      '/socket.io/?EIO=4&transport=polling',
    ]) {
      const { status, headers } = await ask(path)
      statuses[path] = status
      expect(headers.get('access-control-allow-origin')).toBe(null)
    }
    expect(Object.values(statuses)).toEqual([200, 404, 404, 200, 404])
  })

  it('keeps a given password to itself', async () => {
    await using running = await serveQuietly({ DOCS_PASSWORD: 'correct horse' })
    expect(running.banner).toContain('🔒 Documentation protected with Basic Auth')
    expect(running.banner).not.toContain('correct horse')
  })

  it('serves no documentation in production without a password, and says so', async () => {
    await using running = await serveQuietly({ NODE_ENV: 'production' })
    expect(running.banner).toContain('🔒 Documentation is off: set DOCS_PASSWORD to serve it')
    expect((await fetch(`${running.server.url}/api-docs`)).status).toBe(404)
  })

  it('signs in the users of the demo, and nobody else', async () => {
    await using running = await serveQuietly({ NODE_ENV: 'development', DEMO: 'on' })
    const statuses: number[] = []
    for (const [username, password] of [
      ['sara', 'tea-at-dusk'],
      [' Omid', 'walk-at-dawn'],
      ['sara', 'walk-at-dawn'],
      ['constructor', ''],
    ]) {
      const { token } = await running.server.sessions.acquire()
      const response = await fetch(`${running.server.url}/api/session/sign-in`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ username, password }),
      })
      statuses.push(response.status)
    }
    expect(statuses).toEqual([200, 200, 401, 401])
  })

  it('reports a port in use and leaves nothing open', async () => {
    await using running = await serveQuietly({})
    const PORT = new URL(running.server.url).port
    await expect(serveQuietly({ PORT })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('warns on an old Bun in the words of the guide', () => {
    const runtime = detectRuntime({ ...process.versions, bun: '1.3.9' })
    const banner = bannerLines({
      runtime,
      url: 'http://localhost:3000',
      docs: { username: 'admin', password: 'x' },
      isPasswordGenerated: false,
      hasDemo: true,
    })
    expect(banner).toEqual([
      '⚡ Detected runtime: Bun 1.3.9',
      '🚀 YektaYar API Server running at http://localhost:3000',
      '📚 API Documentation available at http://localhost:3000/api-docs',
      '🔒 Documentation protected with Basic Auth',
      '⚠️  Socket.IO not available with Bun runtime',
      '💡 Tip: Use Node.js runtime for full Socket.IO support',
      '✨ Demo app at http://localhost:3000/',
    ])
  })
})

describe('the runtime', () => {
  it.each([
    ['1.3.99', false],
    ['1.4.0', true],
    ['1.10.1', true],
    ['2.0.0', true],
  ])('Bun %s has Socket.IO: %s', (bun, supportsSocketIo) => {
    expect(detectRuntime({ ...process.versions, bun })).toEqual({
      name: 'Bun',
      version: bun,
      supportsSocketIo,
    })
  })
})
