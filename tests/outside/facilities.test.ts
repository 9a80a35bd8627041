import { memoryStorage } from '@yektayar/client'
import type * as client from '@yektayar/client'
import { createServer } from '@yektayar/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { breakAll, breakFacility } from './support/breakFacility.js'
import type { Fault } from './support/breakFacility.js'
import { loadClient, pageGlobals } from './support/clientRealm.js'
import type { Globals } from './support/clientRealm.js'
import { becomeReactNative } from './support/reactNative.js'

type Client = typeof client
type Options = client.YektaYarSocketOptions

/**
 * The ways in which each facility can fail. A synchronous one cannot be silent. Those without
 * `getter` are in the list of those that are read by `socket.io-client` as it is loaded.
 */
const facilities: Readonly<Record<string, readonly Fault[]>> = {
  localStorage: ['absent', 'getter', 'call'],
  sessionStorage: ['absent', 'getter', 'call'],
  indexedDB: ['absent', 'getter', 'call', 'silent'],
  IDBKeyRange: ['absent', 'getter'],
  BroadcastChannel: ['absent', 'getter', 'constructor', 'call', 'silent'],
  'navigator.locks': ['absent', 'getter', 'call', 'silent'],
  'navigator.onLine': ['absent', 'getter'],
  navigator: ['absent'],
  crypto: ['absent', 'getter', 'call', 'silent'],
  'crypto.subtle': ['absent', 'getter', 'call', 'silent'],
  'crypto.getRandomValues': ['absent', 'getter', 'call'],
  'crypto.randomUUID': ['absent', 'getter', 'call'],
  AbortController: ['absent', 'getter', 'constructor'],
  AbortSignal: ['absent', 'getter'],
  performance: ['absent', 'getter', 'call'],
  queueMicrotask: ['absent', 'getter', 'call'],
  structuredClone: ['absent', 'getter', 'call'],
  TextEncoder: ['absent', 'getter', 'constructor', 'call'],
  URL: ['absent', 'getter', 'constructor'],
  DOMException: ['absent'],
  document: ['absent'],
  'document.visibilityState': ['absent', 'getter'],
  location: ['absent', 'getter'],
  window: ['absent', 'getter'],
  addEventListener: ['absent'],
  removeEventListener: ['absent'],
  reportError: ['absent', 'getter', 'call'],
  XMLHttpRequest: ['absent', 'getter', 'constructor'],
}

/** `docs/PLATFORMS.md` says where. No known platform has one of them with a throwing getter. */
const readOnLoading = [
  ...['navigator', 'document', 'addEventListener', 'removeEventListener'],
  ...['WebSocket', 'Blob', 'File', 'self'],
]

/** Without one of these, the outbox keeps its items in memory. */
const neededByDatabase =
  /^(indexedDB|navigator|navigator\.locks|crypto|crypto\.subtle|crypto\.getRandomValues|TextEncoder)$/

const failures = {
  throws: () => {
    throw new Error('refused')
  },
  rejects: () => Promise.reject(new Error('refused')),
  'does not answer': () => new Promise<void>(() => undefined),
}

/** A server that accepts many clients from one address at once. */
function startServer() {
  return createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
    authenticate: ({ username }) => username ?? null,
    limits: { handshakesPerAddressPerSecond: 10_000, handshakeBurstPerAddress: 10_000 },
  })
}

let server: Awaited<ReturnType<typeof startServer>>
let url: string
const unhandled: unknown[] = []
const onUnhandled = (error: unknown): void => {
  unhandled.push(error)
}

beforeAll(async () => {
  server = await startServer()
  url = await server.listen()
  process.on('unhandledRejection', onUnhandled)
})
afterAll(async () => {
  process.off('unhandledRejection', onUnhandled)
  await server.close()
})

/** The features that every client must have, whatever its platform lacks. */
async function useClient({ YektaYarSocket, isYektaYarError }: Client, options: Options = {}) {
  const client = new YektaYarSocket({ url, retryDelayMs: 100, ...options })
  const codeOf = async (promise: Promise<unknown>): Promise<unknown> => {
    const error: unknown = await promise.then(
      () => undefined,
      (error: unknown) => error,
    )
    return isYektaYarError(error) ? error.code : error
  }
  await client.connect()
  await client.ping()
  await client.sendMessage({ text: 'hi' })
  const { storage } = client.outbox
  const room = client.room('public:facilities')
  await room.join()
  await room.send({ text: 'hello' })
  await vi.waitFor(() => {
    expect(room.messages.at(-1)).toMatchObject({ state: 'delivered', data: { text: 'hello' } })
  }, 10_000)
  expect(await codeOf(client.whenStatus('idle', { timeoutMs: 20 }))).toBe('timeout')
  if (options.token === undefined) {
    await client.session.signIn({ username: 'sara' })
    expect(client.session.userId).toBe('sara')
    await client.session.signOut()
  }
  await client.disconnect()
  return storage
}

async function useIn(prepare: (page: Globals) => void, options?: Options) {
  const realm = await loadClient(pageGlobals(url), prepare)
  return useClient(realm, { outbox: { persist: 'indexeddb' }, ...options })
}

describe('a client goes on where a facility of its platform is', () => {
  for (const [path, faults] of Object.entries(facilities)) {
    for (const fault of faults) {
      it.concurrent(`${fault}: ${path}`, async () => {
        const storage = await useIn((page) => {
          breakFacility(page, path, fault)
        })
        const isLost = neededByDatabase.test(path)
        expect(storage).toBe(isLost ? 'failed' : 'indexeddb')
      })
    }
  }
})

describe('socket.io-client cannot be loaded where it is refused', () => {
  it.each(readOnLoading)('to read %s, and fails with what the platform says', async (path) => {
    const loading = loadClient(pageGlobals(url), (page) => {
      breakFacility(page, path, 'getter')
    })
    await expect(loading).rejects.toMatchObject({
      name: 'SecurityError',
      message: `${path} is refused to this page`,
    })
  })
})

describe('a client that has been loaded goes on where it is refused', () => {
  const pages = ['navigator', 'document', 'window', 'performance', 'URL', 'TextEncoder']
  const stores = ['localStorage', 'sessionStorage', 'indexedDB', 'BroadcastChannel', 'crypto']
  const wires = ['fetch', 'XMLHttpRequest', 'AbortController', 'AbortSignal']
  for (const path of [...pages, ...stores, ...wires]) {
    it.concurrent(`to read ${path}`, async () => {
      let page: Globals = {}
      const realm = await loadClient(pageGlobals(url), (globals) => {
        page = globals
      })
      breakFacility(page, path, 'getter')
      await useClient(realm, { outbox: { persist: 'indexeddb' }, fetch: fetch.bind(globalThis) })
      const client = new realm.YektaYarSocket({ url, fetch: fetch.bind(globalThis) })
      await client.connect()
      const lost = client.whenStatus('reconnecting', { timeoutMs: 5_000 })
      server.io.sockets.sockets.get(client.getSnapshot().socketId ?? '')?.conn.close()
      await lost
      await client.whenStatus('connected', { timeoutMs: 10_000 })
      await client.disconnect()
    })
  }

  for (const fault of ['absent', 'constructor'] as const) {
    it.concurrent(`to construct a WebSocket, and polls at once: ${fault}`, async () => {
      const realm = await loadClient(pageGlobals(url), (page) => {
        breakFacility(page, 'WebSocket', fault)
      })
      const { token } = await server.sessions.acquire()
      const client = new realm.YektaYarSocket({ url, token })
      await client.connect({ timeoutMs: 2_000 }) // before the delay of a race
      expect(client.getSnapshot()).toMatchObject({ transport: 'polling', error: null })
      expect(await client.echo('there')).toMatchObject({ received: 'there' })
      await client.disconnect()
    })

    it.concurrent(`to construct a WebSocket, and names it: ${fault}`, async () => {
      const realm = await loadClient(pageGlobals(url), (page) => {
        breakFacility(page, 'WebSocket', fault)
      })
      const client = new realm.YektaYarSocket({ url, transports: ['websocket'], token: 'x' })
      const connecting = client.connect({ timeoutMs: 1_500 })
      const error: unknown = await connecting.catch((error: unknown) => error)
      expect(error).toMatchObject({
        code: 'timeout',
        cause: { code: 'network_error', message: 'connect: the platform opens no WebSocket' },
      })
      await client.disconnect()
    })
  }

  it.concurrent('every transport, and says why', async () => {
    const realm = await loadClient(pageGlobals(url), (page) => {
      breakAll(page, 'constructor', ['WebSocket', 'XMLHttpRequest'])
    })
    const client = new realm.YektaYarSocket({ url, token: 'x' })
    const connecting = client.connect({ timeoutMs: 1_500 })
    const error: unknown = await connecting.catch((error: unknown) => error)
    expect(error).toMatchObject({
      cause: { code: 'network_error', hint: expect.any(String) as string },
    })
    await client.disconnect()
  })

  it.concurrent('to read fetch, and says so by its errors', async () => {
    let page: Globals = {}
    const realm = await loadClient(pageGlobals(url), (globals) => {
      page = globals
    })
    breakFacility(page, 'fetch', 'getter')
    for (const onTrace of [undefined, () => undefined]) {
      const client = new realm.YektaYarSocket({ url, onTrace })
      const failing = client.session.signIn({ username: 'sara' }, { timeoutMs: 1_000 })
      const error: unknown = await failing.catch((error: unknown) => error)
      expect(error).toMatchObject({ code: 'network_error', retryable: true })
      await client.disconnect()
    }
  })
})

describe('a client goes on', () => {
  it.concurrent('in Firefox with cookies blocked', async () => {
    await useIn((page) => {
      breakAll(page, 'getter', ['localStorage', 'sessionStorage', 'indexedDB'])
      breakFacility(page, 'BroadcastChannel', 'constructor')
      breakFacility(page, 'navigator.locks', 'call')
    })
  })

  it.concurrent('in a page that is not secure', async () => {
    await useIn((page) => {
      breakAll(page, 'absent', ['crypto.subtle', 'crypto.randomUUID', 'navigator.locks'])
    })
  })

  it.concurrent('in a worker', async () => {
    await useIn((page) => {
      breakAll(page, 'absent', ['document', 'window', 'localStorage', 'sessionStorage'])
    })
  })

  it.concurrent('in React Native', async () => {
    await useIn(becomeReactNative)
  })

  it.concurrent('without anything but a WebSocket and fetch', async () => {
    await useIn((page) => {
      const needed = ['WebSocket', 'fetch']
      breakAll(
        page,
        'absent',
        Object.keys(facilities).filter((path) => !path.includes('.') && !needed.includes(path)),
      )
    })
  })

  it.concurrent('without fetch, with a token of the app’s own', async () => {
    const { token } = await server.sessions.acquire()
    await useIn(
      (page) => {
        breakAll(page, 'absent', ['fetch', 'TextEncoder', 'structuredClone'])
      },
      { token },
    )
  })

  for (const method of ['get', 'set', 'remove'] as const) {
    for (const [how, fail] of Object.entries(failures)) {
      it.concurrent(`where the ${method}() of its storage ${how}`, async () => {
        await useIn(() => undefined, { storage: { ...memoryStorage(), [method]: fail } })
      })
    }
  }

  it('and leaves no rejection unhandled', () => {
    expect(unhandled).toEqual([])
  })
})
