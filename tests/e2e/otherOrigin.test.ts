import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nginx } from '../support/nginx.js'
import {
  http2Backend,
  httpsBackend,
  nginxBackend,
  onlyHttp2Backend,
  plainBackend,
} from './support/backends.js'
import type { StartBackend } from './support/backends.js'
import { launchChromium } from './support/launchChromium.js'
import type { OtherOriginPage, Road, SceneName } from './support/otherOriginPage.js'
import { servePage } from './support/servePage.js'

declare const outside: OtherOriginPage

const websocket = ['websocket'] as const
const polling = ['polling'] as const
const both = ['websocket', 'polling'] as const

interface Way {
  readonly server: string
  readonly transports: Road['transports']
  readonly start: StartBackend
  /** By which they connect. @default the first one */
  readonly connectsBy?: string
}

const ways: Way[] = [
  { server: 'over http', transports: websocket, start: plainBackend },
  { server: 'over http', transports: polling, start: plainBackend },
  { server: 'over https', transports: both, start: httpsBackend },
  { server: 'over HTTP/2', transports: polling, start: http2Backend },
]
const waysBehindNginx: Way[] = [{ server: 'behind nginx', transports: both, start: nginxBackend }]

/** With `npm run test:long outside`. */
const moreWays: Way[] = [
  { server: 'over http', transports: both, start: plainBackend },
  { server: 'over HTTP/2', transports: both, start: http2Backend },
  {
    server: 'over HTTP/2 alone',
    transports: both,
    start: onlyHttp2Backend,
    connectsBy: 'polling',
  },
]
const moreBehindNginx: Way[] = [
  { server: 'behind nginx', transports: polling, start: nginxBackend },
  { server: 'behind nginx', transports: websocket, start: nginxBackend },
]
const isLong = process.env.OUTSIDE === 'long'
const allWays = [
  ...[...ways, ...(isLong ? moreWays : [])],
  ...(nginx ? [...waysBehindNginx, ...(isLong ? moreBehindNginx : [])] : []),
]

let browser: Browser
let script: string

beforeAll(async () => {
  ;[browser, script] = await Promise.all([launchChromium(), bundle()])
})

afterAll(() => browser.close())

describe.each(allWays)(
  'a page of another origin, $server by $transports',
  ({ transports, start, connectsBy = transports[0] }) => {
    it('uses every call of REST and every member of the client', async () => {
      await using scene = await openPage({ start, transports })
      const play = (name: SceneName) => scene.play(name)

      expect(await play('rest')).toEqual({
        'POST /api/session/acquire': 200,
        'acquire with metadata': 200,
        'GET /api': 200,
        'GET /health': 200,
        'GET /ready': 200,
        'GET /api/session': 200,
        'POST /api/session/renew': 200,
        'POST /api/session/sign-in': 200,
        'acquire again': 200,
        'sign-in again': 200,
        'GET /api/session/all': 200,
        'DELETE /api/session/:id': 204,
        'POST /api/session/sign-out': 200,
        'DELETE /api/session': 204,
        'GET /api/session with an ended one': 401,
        'retry-after': true,
      })
      expect(await play('commands')).toEqual({
        statuses: ['idle', 'connecting', 'connected', 'idle'],
        transport: connectsBy,
        transportAtServer: connectsBy,
        isOneSocket: true,
        hasWelcome: true,
        isTimed: true,
        received: { text: 'سلام' },
        success: true,
        counted: 2,
        heard: ['first', 'second'],
        streamed: { title: 'first' },
        status: 'idle',
      })
      for (let count = 0; count < 60; count++) await scene.publish(count)
      expect(await play('rooms')).toEqual({
        atFirst: [50, true],
        hasMore: false,
        page: 3,
        messages: [{ text: 'from outside' }],
        state: [true, true, 'joined', null, 'continuous'],
        isUpToDate: true,
        presence: [true, false],
        people: [2, true, true],
        forbidden: 'room_forbidden',
        left: 'left',
        isTold: true,
      })
      expect(await play('session')).toEqual({
        isKnown: true,
        anonymous: [null, false, { device: 'page' }],
        wrong: 'unauthorized',
        signedIn: ['sara', true, 'connected'],
        sessions: 2,
        ended: 'session_ended',
        unknown: 'not_found',
        isLater: true,
        signedOut: [null, 'connected'],
        last: ['ended', 'stopped', 'session_ended'],
        again: 'connected',
        states: ['none', 'acquiring', 'active', 'renewing', 'ended'],
      })
      expect(await play('outbox')).toEqual({
        success: true,
        isCancelled: true,
        cancelled: 'aborted',
        storage: 'indexeddb',
        refused: 'room_forbidden',
        again: 'room_forbidden',
        left: 0,
        states: ['failed', 'queued', 'sending'],
      })
      expect(await scene.page.evaluate(() => outside.unusedMembers())).toEqual([])
      expect(scene.complaints).toEqual([])
    })
  },
)

it('says why a page of an origin that is not allowed does not connect', async () => {
  await using scene = await openPage({ start: plainBackend, transports: both, corsOrigins: [] })
  expect(await scene.play('refusal')).toEqual({
    code: 'timeout',
    error: 'network_error',
    hint: expect.stringContaining('allow this origin') as string,
  })
})

/** A page on an origin of its own, and a server that allows some origins, by default the page's. */
async function openPage({
  start,
  transports,
  corsOrigins,
}: Pick<Road, 'transports'> & { start: StartBackend; corsOrigins?: string[] }) {
  const pages = await servePage(script)
  const { url, paths, publish, close } = await start(corsOrigins ?? [pages.url])
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  const complaints = watchCors(page)
  await page.goto(pages.url)
  const road: Road = { url, transports, ...paths }
  return {
    page,
    complaints,
    publish: (count: number) => publish('public:outside', { count }),
    play: (name: SceneName) =>
      page.evaluate(([scene, way]) => outside.play(scene, way), [name, road] as const),
    async [Symbol.asyncDispose]() {
      await context.close()
      await close()
      await pages[Symbol.asyncDispose]()
    },
  }
}

/** What the page threw, and what its browser kept from it. */
function watchCors(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => {
    if (/CORS|Access-Control/.test(message.text())) complaints.push(message.text())
  })
  return complaints
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('support/otherOriginPage.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    logLevel: 'error',
  })
  return (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script')
}
