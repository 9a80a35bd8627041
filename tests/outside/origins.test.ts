import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { startForeignApp } from './support/foreignApp.js'

type Options = NonNullable<NonNullable<Parameters<typeof startForeignApp>[0]>['options']>

/** Whether an origin is allowed. REST, polling and WebSocket must agree. */
async function mayCall(context: { url: string }, origin: string): Promise<boolean> {
  const headers = { origin }
  const rest = await fetch(`${context.url}/health`, { headers })
  const polling = await fetch(`${context.url}/socket.io/?EIO=4&transport=polling`, { headers })
  const webSocket = await new Promise<boolean>((resolve) => {
    const socket = io(context.url, {
      transports: ['websocket'],
      extraHeaders: headers,
      reconnection: false,
      forceNew: true,
    })
    const end = (isOpen: boolean) => () => {
      socket.close()
      resolve(isOpen)
    }
    socket.io.once('open', end(true))
    socket.io.once('error', end(false))
  })
  const all = [rest.status === 200, polling.status === 200, webSocket]
  expect(new Set(all).size, `${origin}: ${all.join()}`).toBe(1)
  const allowOrigin = rest.headers.get('access-control-allow-origin')
  expect(allowOrigin).toBe(rest.status === 200 ? origin : null)
  return rest.status === 200
}

const start = (options: Options) =>
  startForeignApp({ options: { environment: 'production', ...options } })

describe('an origin that is listed', () => {
  it.each([
    ['capacitor://localhost', 'capacitor://localhost'],
    ['ionic://localhost', 'ionic://localhost'],
    ['tauri://localhost', 'tauri://localhost'],
    ['app://obsidian.md', 'app://obsidian.md'],
    ['file://', 'file://'],
    ['chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai', undefined],
    ['moz-extension://6e1cb0a4-8bb9-4f3a-9e5d-0d8a5d2bb4a5', undefined],
    ['moz-extension://*', 'moz-extension://6e1cb0a4-8bb9-4f3a-9e5d-0d8a5d2bb4a5'],
    ['safari-web-extension://*', 'safari-web-extension://E5CD91F7-4F1E-4CF4-B77A-F1A2B7F3A1B1'],
    ['VSCode-Webview://*', 'vscode-webview://0ak4pv6u2bpv8bd4bqh1u8ga7g1v3c5q'],
    ['Capacitor://LocalHost/', 'capacitor://localhost'],
    ['null', 'null'],
    ['HTTPS://App.Example.ORG', 'https://app.example.org'],
    ['https://app.example.org:443', 'https://app.example.org'],
    ['http://app.example.org:80/', 'http://app.example.org'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
    ['https://مثال.example', 'https://xn--mgbh0fb.example'],
    ['https://*.example.org', 'https://one.example.org'],
    ['https://*.Example.org:8443', 'https://one.example.org:8443'],
    ['https://*.münchen.example', 'https://a.xn--mnchen-3ya.example'],
    ['http://*.localhost:5173', 'http://tenant.localhost:5173'],
  ])('as %s may call', async (entry, origin = entry) => {
    await using context = await start({ corsOrigins: [entry] })
    expect(await mayCall(context, origin)).toBe(true)
  })

  it.each([
    'https://example.org',
    'https://one.two.example.org',
    'https://.example.org',
    'https://oneexample.org',
    'http://one.example.org',
    'https://one.example.org:8443',
    'https://one.example.org.evil.example',
    'https://evil.example/.example.org',
    'https://*.example.org',
    'null',
    'capacitor://one.example.org',
  ])('with * does not let %s call', async (origin) => {
    await using context = await start({ corsOrigins: ['https://*.example.org'] })
    expect(await mayCall(context, origin)).toBe(false)
  })

  it('does not let others of its kind call', async () => {
    await using context = await start({ corsOrigins: ['capacitor://localhost'] })
    for (const origin of ['capacitor://evil', 'ionic://localhost', 'http://localhost', 'null']) {
      expect(await mayCall(context, origin)).toBe(false)
    }
  })

  it('is not every extension of another browser', async () => {
    await using context = await start({ corsOrigins: ['moz-extension://*'] })
    for (const origin of [
      'safari-web-extension://e5cd91f7',
      'vscode-webview://x',
      'moz-extension://*',
    ]) {
      expect(await mayCall(context, origin)).toBe(false)
    }
  })
})

describe('the start', () => {
  it.each([
    'https://*',
    'https://*.org',
    'https://*.*.example.org',
    'https://app-*.example.org',
    'https://app.*.org',
    'https://*.example.org/path',
    'http://localhost:*',
    '*.example.org',
    'app.example.org',
    'ws://app.example.org',
    'wss://*.example.org',
    'capacitor:localhost',
    'capacitor://localhost/index.html',
    'chrome-extension://',
    'https://user@app.example.org',
    'undefined',
    '',
  ])('is refused with %j, which would allow nobody, or too many', async (entry) => {
    const starting = start({ corsOrigins: [entry] })
    await expect(starting).rejects.toMatchObject({ code: 'invalid_options' })
    await expect(starting).rejects.toThrow(`corsOrigins has "${entry.replace('user', '…')}"`)
  })

  it.each(['null', '*'])('is refused with %s and credentials', async (entry) => {
    const corsOrigins = ['https://app.example.org', entry]
    const starting = start({ corsOrigins, corsCredentials: true })
    await expect(starting).rejects.toThrow(/cannot be combined with credentials/)
  })
})

describe('a function', () => {
  it('is asked with the origin, and allows by true', async () => {
    await using context = await start({
      corsOrigins: (origin: string) => /^https:\/\/[a-z]+\.tenants\.example$/.test(origin),
    })
    expect(await mayCall(context, 'https://one.tenants.example')).toBe(true)
    expect(await mayCall(context, 'https://1.tenants.example')).toBe(false)
    expect((await fetch(`${context.url}/health`)).status).toBe(200)
  })

  it.each([
    ['throws', () => JSON.parse('no JSON') as boolean],
    ['answers undefined', () => undefined as unknown as boolean],
    ['answers a text', () => 'yes' as unknown as boolean],
    ['answers a promise', () => Promise.resolve(true) as unknown as boolean],
    ['rejects', () => Promise.reject(new Error('no')) as unknown as boolean],
  ])('that %s allows nobody', async (_what, corsOrigins) => {
    await using context = await start({ corsOrigins })
    expect(await mayCall(context, 'https://app.example.org')).toBe(false)
  })

  it('is not asked for null where cookies come along', async () => {
    await using context = await start({ corsOrigins: () => true, corsCredentials: true })
    expect(await mayCall(context, 'null')).toBe(false)
    expect(await mayCall(context, 'https://app.example.org')).toBe(true)
  })
})

it('lets app shells of this machine call in development', async () => {
  await using context = await startForeignApp({ options: { environment: 'development' } })
  expect(await mayCall(context, 'capacitor://localhost')).toBe(true)
  expect(await mayCall(context, 'capacitor://evil')).toBe(false)
})
