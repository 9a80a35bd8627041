import { describe, expect, it } from 'vitest'
import { diagnose, runDoctor } from './support/runDoctor.js'
import { startHttp } from './support/startHttp.js'
import { startProxy } from './support/startProxy.js'
import { startServer } from './support/startServer.js'

const page = 'https://app.example.org'
const moved = { path: '/v1/live', basePath: '/v1' } as const
const asMoved = ['--path', '/v1/live', '--base-path', '/v1/']

describe('a server with paths of its own', () => {
  it('is well, and nothing is asked for elsewhere', async () => {
    await using server = await startServer({ ...moved, corsOrigins: [page] })
    const asked: string[] = []
    await using proxy = await startProxy(server.url, {
      intercept: ({ url = '' }) => {
        asked.push(url)
        return false
      },
    })
    const { exitCode, report } = await diagnose([proxy.url, ...asMoved, '--origin', page])
    expect(report.steps.flatMap(({ findings }) => findings)).not.toContainEqual(
      expect.objectContaining({ ok: false }),
    )
    expect(exitCode).toBe(0)
    expect(report.transports).toEqual({ websocket: 'passed', polling: 'passed' })
    expect(asked.filter((url) => !url.startsWith('/v1/'))).toEqual([])
    expect(asked).toContain('/v1/health')
  })

  it('tests a token there', async () => {
    await using server = await startServer(moved)
    const { token } = await server.server.sessions.acquire()
    const { exitCode } = await diagnose([server.url, ...asMoved, '--token', token])
    expect(exitCode).toBe(0)
  })

  it('is looked for at the wrong place, and the fix names the options', async () => {
    await using server = await startServer(moved)
    const { exitCode, causes, fixes } = await diagnose([server.url])
    expect(exitCode).toBe(1)
    expect(causes).toEqual(['not_yektayar'])
    expect(fixes).toContain('--base-path')
  })

  it('has its Socket.IO elsewhere, and the fix names the option', async () => {
    await using server = await startServer(moved)
    const { causes, fixes, finding } = await diagnose([server.url, '--base-path', '/v1'])
    expect(causes).toEqual(['socket_path_missing'])
    expect(fixes).toContain('--path was not given')
    expect(fixes).toContain('add --path /v1/socket.io')
    expect(finding('handshake')?.detail).toContain('GET /socket.io/: status 404')
  })

  it('was given by its address, and the fix is the option', async () => {
    await using server = await startServer(moved)
    const { causes, fixes } = await diagnose([`${server.url}/v1`])
    expect(causes).toEqual(['wrong_path'])
    expect(fixes).toBe(`Use ${server.url} with --base-path /v1 instead`)
  })

  it('is behind a proxy that lets no upgrade through there', async () => {
    await using server = await startServer(moved)
    await using proxy = await startProxy(server.url, { upgrades: 'plain' })
    const { causes, fixes, finding } = await diagnose([proxy.url, ...asMoved])
    expect(causes).toEqual(['websocket_blocked'])
    expect(fixes).toContain('nginx, for /v1/live/')
    expect(finding('websocket')?.detail).toContain('answered with 400')
  })
})

it('names a base path that there is not', async () => {
  await using server = await startServer()
  const { causes, fixes } = await diagnose([server.url, '--base-path', '/v2'])
  expect(causes).toEqual(['wrong_path'])
  expect(fixes).toBe(`Use ${server.url} without --base-path instead`)
})

it('does without /health where the server has it switched off', async () => {
  await using server = await startServer({ health: false, corsOrigins: [page] })
  const { exitCode, finding } = await diagnose([server.url, '--origin', page])
  expect(finding('health')).toMatchObject({ verdict: 'skipped' })
  expect(finding('clock')).toMatchObject({ verdict: 'passed' })
  expect(exitCode).toBe(0)
})

it('does without /health where it is the app’s own', async () => {
  await using server = await startServer()
  await using proxy = await startProxy(server.url, {
    intercept: ({ url }, response) => {
      if (url !== '/health') return false
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
      return true
    },
  })
  const { exitCode, finding } = await diagnose([proxy.url])
  expect(finding('health')?.detail).toContain('the app’s own')
  expect(exitCode).toBe(0)
})

it('says that another server is none, whatever path it is asked for', async () => {
  await using other = await startHttp((_incoming, response) => {
    response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
  })
  expect((await diagnose([other.url, ...asMoved])).causes).toEqual(['not_yektayar'])
})

it.each([
  ['--path', 'live'],
  ['--path', '/live?token=secret'],
  ['--base-path', 'https://app.example.org'],
  ['--base-path', '/a b'],
])('refuses %s %s with one line and 2', async (option, value) => {
  const { exitCode, complaints } = await runDoctor([option, value])
  expect(exitCode).toBe(2)
  expect(complaints).toMatch(new RegExp(`^yektayar-doctor: ${option} is [^\n]+\n$`))
  expect(complaints).not.toContain('secret')
})
