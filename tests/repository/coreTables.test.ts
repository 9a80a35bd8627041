import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { coreContract } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import { createServer } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { documentAt, read, tableUnder } from '../docs/support/documents.js'

const METRICS_TOKEN = 'sixteen characters'.replaceAll(' ', '-')
const published = ['protocol', 'server', 'client', 'vue', 'testing', 'doctor']

/** A server with every route that an option can add. */
async function startEverything() {
  const server = await createServer({
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
    authenticate: () => null,
    docs: { username: 'admin', password: 'for-this-test' },
    metrics: { token: METRICS_TOKEN },
    trustProxy: ['127.0.0.1'],
    port: 0,
    allowLoopbackOrigins: false,
  })
  return {
    app: server.app,
    listen: () => server.listen(),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** `METHOD /path` of each route in the first column of a table. */
function routesIn(path: string, heading: string): string[] {
  return tableUnder(documentAt(path), heading).flatMap(([cell = '']) => {
    let last = ''
    return cell
      .replaceAll('`', '')
      .split(', ')
      .filter((text) => text !== '/socket.io/')
      .map((text) => {
        if (!text.startsWith('…/')) return (last = text)
        return `${last.slice(0, last.lastIndexOf('/'))}${text.slice(1)}`
      })
  })
}

describe('the core contract in the documents', () => {
  it.each([
    ['docs/COMMANDS.md', 'The core commands', 'Calls'],
    ['docs/PROTOCOL.md', 'Events', 'Errors'],
  ])('%s has every event', (path, from, to) => {
    const prose = documentAt(path).prose.split(`# ${from}\n`)[1]?.split(`# ${to}\n`)[0] ?? ''
    const names = [...prose.matchAll(/^\| `([a-z:]+)`\s*\| (?:`\{|a message)/gm)].map(
      ([, name]) => name,
    )
    expect(names).toEqual(Object.keys(coreContract.events))
  })

  it('is counted right in the README of protocol', () => {
    const { commands, events } = coreContract
    const [, shownCommands, shownEvents] =
      /(\d+) commands and (\d+) events/.exec(read('packages/protocol/README.md')) ?? []
    expect(Number(shownCommands)).toBe(Object.keys(commands).length)
    expect(Number(shownEvents)).toBe(Object.keys(events).length)
  })
})

describe('the routes in the documents', () => {
  it.each([
    ['docs/SERVER.md', 'REST routes'],
    ['docs/PROTOCOL.md', 'REST'],
  ])('are those of the server: %s', async (path, heading) => {
    await using server = await startEverything()
    const authorization = `Basic ${Buffer.from('admin:for-this-test').toString('base64')}`
    const answer = await server.app.inject({ url: '/api-docs/json', headers: { authorization } })
    const { paths } = answer.json<{ paths: Record<string, object> }>()
    const declared = Object.entries(paths).flatMap(([url, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${url.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      ),
    )
    expect(declared.length).toBeGreaterThan(8)
    const hidden = ['/metrics', '/api-docs'].filter((url) =>
      server.app.hasRoute({ method: 'GET', url }),
    )
    const actual = [...declared, ...hidden.map((url) => `GET ${url}`)]
    const shown = routesIn(path, heading)
    expect(shown.filter((route) => !actual.includes(route))).toEqual([])
    const known = [...shown, 'GET /'] // listed as /api, which answers the same
    expect(declared.filter((route) => !known.includes(route))).toEqual([])
  })

  it('exist where the answer 404 leads to', async () => {
    await using server = await startEverything()
    const places = refusals.nothingHere.hint.match(/(?<= )\/[\w./]+/g) ?? []
    expect(places.length).toBeGreaterThan(1)
    const url = await server.listen()
    for (const place of places) {
      const answer = await fetch(url + place)
      expect(answer.status, place).not.toBe(404)
    }
  })
})

describe('the sample for nginx', () => {
  /** The request headers that nginx forwards with the sample configuration. */
  function forwardedHeaders(browserHost: string): Record<string, string> {
    const sample = documentAt('docs/SERVER.md').blocks.find(({ language }) => language === 'nginx')
    const lines = [...(sample?.code ?? '').matchAll(/proxy_set_header (\S+) (\S+);/g)]
    const variables: Record<string, string> = {
      $http_host: browserHost,
      $host: browserHost.replace(/:\d+$/, ''),
      $scheme: 'http',
      $proxy_add_x_forwarded_for: '203.0.113.9',
    }
    return Object.fromEntries(
      lines
        .filter(([, , value = '']) => value in variables)
        .map(([, name = '', value = '']) => [name.toLowerCase(), variables[value] ?? '']),
    )
  }

  it.each(['192.0.2.7', '192.0.2.7:8080', '192.0.2.7:3001', '[2001:db8::7]:8443'])(
    'lets the page in that a browser has from %s',
    async (host) => {
      await using server = await startEverything()
      const headers = { ...forwardedHeaders(host), origin: `http://${host}` }
      expect(headers).toHaveProperty('x-forwarded-for')
      const answer = await server.app.inject({ url: '/api', headers })
      expect(answer.statusCode).toBe(200)
    },
  )
})

describe('the published packages', () => {
  const names = published.map((name) => `@yektayar/${name}`)

  it('are all in the list of changelogs', () => {
    expect(read('CHANGELOG.md').match(/@yektayar\/\w+/g)).toEqual(names)
  })

  it('are all in the README', () => {
    const rows = tableUnder(documentAt('README.md'), 'Packages').map(([cell = '']) => cell)
    expect(rows.map((cell) => /@yektayar\/\w+/.exec(cell)?.[0])).toEqual(names)
  })

  it('are these', () => {
    const { fixed } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../.changeset/config.json'), 'utf8'),
    ) as { fixed: string[][] }
    expect(fixed).toEqual([[`@yektayar/{${published.join(',')}}`]])
  })
})
