import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import type * as client from '@yektayar/client'
import { build } from 'esbuild'
import { lockManager } from './lockManager.js'

/** The built browser client as one script, which stores its exports in the global `YektaYar`. */
let script: Promise<vm.Script> | undefined

let browsers = 0

const fromHere = createRequire(import.meta.url)
const fromClient = createRequire(
  fileURLToPath(new URL('../../../packages/client-sdk/package.json', import.meta.url)),
)
const fromEngine = createRequire(
  createRequire(fromClient.resolve('socket.io-client')).resolve('engine.io-client'),
)

/** The globals of a page by name; a missing name is undefined there. */
export type Globals = Record<string, unknown>

/** The globals of a new page, as far as the client uses them. */
export function pageGlobals(origin: string): Globals {
  const target = new EventTarget()
  const { protocol, hostname, port } = new URL(origin)
  const { IDBFactory, IDBKeyRange } = fromClient('fake-indexeddb') as {
    IDBFactory: new () => IDBFactory
    IDBKeyRange: typeof globalThis.IDBKeyRange
  }
  return {
    ...{ console, setTimeout, clearTimeout, setInterval, clearInterval },
    ...{ queueMicrotask, structuredClone, URL, URLSearchParams, TextEncoder, TextDecoder },
    ...{ AbortController, AbortSignal, DOMException, Event, EventTarget, Blob },
    ...{ fetch: fetch.bind(globalThis), Headers, Response, CryptoKey },
    BroadcastChannel: channelsOfBrowser(),
    performance: { now: () => performance.now() },
    crypto: {
      subtle: crypto.subtle,
      getRandomValues: crypto.getRandomValues.bind(crypto),
      randomUUID: crypto.randomUUID.bind(crypto),
    },
    WebSocket: fromEngine('ws') as unknown,
    XMLHttpRequest: (fromEngine('xmlhttprequest-ssl') as { XMLHttpRequest: unknown })
      .XMLHttpRequest,
    reportError: (error: unknown) => {
      throw error
    },
    indexedDB: new IDBFactory(),
    IDBKeyRange,
    localStorage: webStorage(),
    sessionStorage: webStorage(),
    navigator: { onLine: true, userAgent: 'realm', locks: lockManager() },
    document: { visibilityState: 'visible', cookie: '' },
    location: { origin, protocol, hostname, port },
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
    dispatchEvent: target.dispatchEvent.bind(target),
  }
}

/** Loads the client into a page with these globals, after `prepare` has changed them. */
export async function loadClient(
  globals: Globals,
  prepare: (globals: Globals) => void = () => undefined,
): Promise<typeof client> {
  script ??= bundle()
  return runInPage(globals, prepare, await script).YektaYar as typeof client
}

/** Runs a script in a page with these globals, after `prepare` has changed them. Returns the page. */
export function runInPage(
  globals: Globals,
  prepare: (globals: Globals) => void,
  code: vm.Script,
): Globals {
  const realm = vm.createContext({})
  const page = vm.runInContext('globalThis', realm) as Globals
  Object.defineProperties(page, Object.getOwnPropertyDescriptors(globals))
  for (const name of ['self', 'window']) page[name] ??= page
  prepare(page)
  code.runInContext(realm)
  return page
}

async function bundle(): Promise<vm.Script> {
  const { outputFiles } = await build({
    entryPoints: [fromHere.resolve('@yektayar/client').replace(/\.cjs$/, '.js')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'YektaYar',
    platform: 'browser',
  })
  return new vm.Script(outputFiles[0]?.text ?? '')
}

/** Prefixes channel names, because pages of this process are not tabs of one browser. */
function channelsOfBrowser(): typeof BroadcastChannel {
  const browser = `${String(++browsers)}:`
  return class extends BroadcastChannel {
    constructor(name: string) {
      super(browser + name)
    }

    override get name(): string {
      return super.name.slice(browser.length)
    }
  }
}

function webStorage() {
  const entries = new Map<string, string>()
  return {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  }
}
