import { describe, expect, it } from 'vitest'
import { diagnose, runDoctor } from './support/runDoctor.js'
import { startHttp } from './support/startHttp.js'
import { startProxy } from './support/startProxy.js'
import { startServer, stoppedServer } from './support/startServer.js'

const app = 'https://app.example.org'
const foreign = 'https://other.example.org'

describe('what is wrong with the address', () => {
  it('is that the server is down', async () => {
    const url = await stoppedServer()
    const { exitCode, report, causes, fixes, finding } = await diagnose([url])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['server_down'])
    expect(fixes).toContain('npm start')
    expect(finding('health')?.detail).toContain('ECONNREFUSED')
    expect(report.steps.slice(1, 4).map(({ verdict }) => verdict)).toEqual([
      'skipped',
      'skipped',
      'skipped',
    ])
  })

  it('is named with its fixes in plain lines too', async () => {
    const url = await stoppedServer()
    const { exitCode, output } = await runDoctor([url, '--ci'])
    expect(exitCode).toBe(1)
    expect(output).toContain(`cause server_down: Nothing listens at ${url}`)
    expect(output).toMatch(/fix: .*npm start/)
    expect(output).toMatch(/more: https:.*ERRORS\.md#network_error$/m)
    expect(output.trimEnd().split('\n').at(-1)).toMatch(/^Not well: /)
  })

  it('is that the host does not exist', async () => {
    const { exitCode, causes } = await diagnose(['http://no-such-host.invalid', '--timeout', '10'])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['host_unknown'])
  })

  it('is a path, where the server is well without it', async () => {
    await using server = await startServer()
    const { exitCode, causes, fixes } = await diagnose([`${server.url}/backend`])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['wrong_path'])
    expect(fixes).toBe(`Use ${server.url} instead`)
  })

  it('is a redirect, and the better address is named', async () => {
    await using old = await startHttp((_incoming, response) => {
      response.writeHead(308, { location: 'https://new.example.org/health' }).end()
    })
    const { causes, fixes } = await diagnose([old.url])
    expect(causes).toEqual(['wrong_path'])
    expect(fixes).toBe('Use https://new.example.org instead')
  })

  it.each([
    ['another API', 200, 'application/json', '{"status":"ok"}'],
    ['a page that says that it is healthy', 200, 'text/html', 'healthy'],
    ['a login', 401, 'text/html', 'who are you?'],
  ])('is that %s answers there', async (_what, status, type, body) => {
    await using other = await startHttp((_incoming, response) => {
      response.writeHead(status, { 'content-type': type }).end(body)
    })
    const { exitCode, causes, finding } = await diagnose([other.url])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['not_yektayar'])
    expect(finding('health')?.detail).toContain(`status ${status}, ${type}`)
  })

  it('is that a web page answers in its place, as in a network that wants a sign-in', async () => {
    await using portal = await startHttp((_incoming, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end('<!doctype html><title>Sign in</title>')
    })
    const { exitCode, causes, fixes, finding } = await diagnose([portal.url])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['captive_portal'])
    expect(fixes).toContain('in a browser')
    expect(finding('health')?.detail).toContain('status 200, text/html')
  })

  it('is that nothing answers in time, and the doctor does not wait longer', async () => {
    await using silent = await startHttp(() => undefined)
    const { exitCode, causes } = await diagnose([silent.url, '--timeout', '0.2'])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['unreachable'])
  })

  it('is an endless answer, of which it reads only the start', async () => {
    await using endless = await startHttp((_incoming, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(4096)));
      }
      response.on('drain', more)
      more()
    })
    expect((await diagnose([endless.url])).causes).toEqual(['not_yektayar'])
  })

  it('is that a proxy has lost its server', async () => {
    await using proxy = await startHttp((_incoming, response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('Bad Gateway')
    })
    expect((await diagnose([proxy.url])).causes).toEqual(['bad_gateway'])
  })

  it('is a secure scheme for a server without a certificate', async () => {
    await using server = await startServer()
    const { causes } = await diagnose([server.url.replace('http:', 'https:')])
    expect(causes).toEqual(['tls_failed'])
  })
})

describe('what is wrong with Socket.IO', () => {
  it('is that the runtime has none', async () => {
    const runtime = { name: 'Bun', version: '1.2.0', supportsSocketIo: false } as const
    await using server = await startServer({ runtime })
    const { exitCode, causes, fixes } = await diagnose([server.url])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['no_socket_io'])
    expect(fixes).toContain('Node.js')
  })

  it.each([
    ['a missing route', 404, 'text/plain'],
    ['the page of an app', 200, 'text/html'],
  ])('is %s in its place', async (_what, status, type) => {
    await using server = await startServer()
    await using proxy = await startProxy(server.url, {
      intercept: ({ url }, response) => {
        if (!url?.startsWith('/socket.io/')) return false
        response.writeHead(status, { 'content-type': type }).end('<p>')
        return true
      },
    })
    const { exitCode, causes, finding } = await diagnose([proxy.url])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['socket_path_missing'])
    expect(finding('handshake')?.detail).toContain(`status ${status}`)
  })

  it.each([
    ['cut' as const, /not answered: \w+/],
    ['plain' as const, /answered with 400 instead of 101/],
  ])('is a proxy that lets no upgrade through: %s', async (upgrades, evidence) => {
    await using server = await startServer()
    await using proxy = await startProxy(server.url, { upgrades })
    const { exitCode, report, causes, fixes, finding } = await diagnose([proxy.url])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['websocket_blocked'])
    expect(fixes).toContain('Upgrade header')
    expect(finding('websocket')?.detail).toMatch(evidence)
    expect(report.transports).toEqual({ websocket: 'failed', polling: 'passed' })
    expect(report.steps[3]).toMatchObject({ step: 'commands', verdict: 'passed' })
  })

  it('is a proxy that breaks polling', async () => {
    await using server = await startServer()
    await using proxy = await startProxy(server.url, {
      intercept: ({ url }, response) => {
        if (!url?.includes('sid=')) return false
        response.writeHead(400, { 'content-type': 'application/json' })
        response.end('{"code":1,"message":"Session ID unknown"}')
        return true
      },
    })
    const { exitCode, report, causes } = await diagnose([proxy.url])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['polling_blocked'])
    expect(report.steps[3]).toMatchObject({ step: 'commands', verdict: 'passed' })
  })

  it('is nothing at all behind a proxy that passes everything', async () => {
    await using server = await startServer()
    await using proxy = await startProxy(server.url)
    expect((await diagnose([proxy.url])).exitCode).toBe(0)
  })

  it('is a connection that breaks under a command', async () => {
    await using server = await startServer()
    server.server.io.on('connection', (connection) => {
      connection.prependAny((name) => {
        if (name === 'echo') connection.disconnect(true)
      })
    })
    const { exitCode, causes, finding } = await diagnose([server.url])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['no_answer'])
    expect(finding('info')?.verdict).toBe('passed')
    expect(finding('echo')?.detail).toBe('connection_lost')
    expect(finding('message')?.verdict).toBe('skipped')
  })
})

describe('what is wrong with the caller', () => {
  it('is an origin that is not on the server’s list', async () => {
    await using server = await startServer({ corsOrigins: [app], environment: 'production' })
    const { exitCode, causes, fixes } = await diagnose([server.url, '--origin', foreign])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['origin_refused'])
    expect(fixes).toContain(`corsOrigins: ['${foreign}']`)
    expect(fixes).toContain(`CORS_ORIGIN=${foreign}`)
  })

  it('is an origin that only the handshake refuses', async () => {
    await using server = await startServer({ corsOrigins: [app], environment: 'production' })
    await using proxy = await startProxy(server.url, {
      intercept: ({ url, headers }, response) => {
        if (headers.origin === undefined || !url?.startsWith('/socket.io/')) return false
        response.writeHead(403).end()
        return true
      },
    })
    const { exitCode, report, causes } = await diagnose([proxy.url, '--origin', app])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['origin_refused'])
    expect(report.steps.map(({ verdict }) => verdict).slice(0, 4)).toEqual([
      'passed',
      'passed',
      'failed',
      'skipped',
    ])
  })

  it('is a token that the server does not know', async () => {
    await using server = await startServer()
    const token = 'a-token-of-another-server-8f3k2m'
    const { exitCode, causes, fixes, finding } = await diagnose([server.url, '--token', token])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['bad_token'])
    expect(fixes).toContain('POST /api/session/acquire')
    expect(finding('token')?.detail).toContain('token_invalid')
    expect(JSON.stringify(finding('token'))).not.toContain(token)
  })
})

describe('what is wrong with the clock', () => {
  it('is a server that is ahead: a warning, and all else goes on', async () => {
    await using server = await startServer()
    await using proxy = await startProxy(server.url, { clockShiftMs: 120_000 })
    const { exitCode, report, causes, fixes, finding } = await diagnose([proxy.url])
    expect(exitCode).toBe(0)
    expect(causes).toEqual(['clock_skew'])
    expect(fixes).toContain('network time')
    expect(finding('clock')?.verdict).toBe('warned')
    expect(report.clockSkewMs).toBeGreaterThan(100_000)
    expect(report.steps[3]).toMatchObject({ step: 'commands', verdict: 'passed' })
  })

  it('is this machine that is ahead', async () => {
    await using server = await startServer()
    const { causes, finding } = await diagnose([server.url], { now: () => Date.now() + 45_000 })
    expect(causes).toEqual(['clock_skew'])
    expect(finding('clock')?.detail).toContain('behind this machine’s clock')
  })

  it('is so far off that a fresh session has ended already', async () => {
    await using server = await startServer()
    const now = () => Date.now() + 31 * 86_400_000
    const { finding } = await diagnose([server.url], { now })
    expect(finding('token')).toMatchObject({ verdict: 'warned', cause: 'clock_skew' })
  })

  it('is nothing below half a minute', async () => {
    await using server = await startServer()
    const { causes } = await diagnose([server.url], { now: () => Date.now() - 20_000 })
    expect(causes).toEqual([])
  })
})

describe('what a stranger answers', () => {
  it('reaches the terminal without control characters and cut to a line', async () => {
    const name = `\u001B[2J\nevil ${'x'.repeat(1_000)}`
    await using stranger = await startHttp(({ url }, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timestamp = new Date().toISOString()
      const features = { websocket: true }
      const answers = {
        '/health': { status: 'healthy', timestamp },
        '/api': { message: name, version: '1', features },
      }
      // An empty body for other paths.
      response.end(JSON.stringify(answers[url as keyof typeof answers]))
    })
    const { exitCode, output } = await runDoctor([stranger.url, '--ci'])
    expect(exitCode).toBe(1)
    expect(output).not.toContain('\u001B')
    expect(output.split('\n').every((line) => line.length < 400)).toBe(true)
    expect(output).toContain('cause wrong_answer')
  })
})
