import { readFile } from 'node:fs/promises'
import { createServer } from '@yektayar/server'
import { io as currentIo } from 'socket.io-client'
import { io as firstIo } from 'socket.io-client-4.0'
import { describe, expect, it, vi } from 'vitest'

type Io = typeof currentIo
interface Snippet {
  readonly heading: string
  readonly code: string
}

const guide = await readFile(new URL('../guide/SOCKETIO-GUIDE.md', import.meta.url), 'utf8')
const clients: [string, Io][] = [
  ['socket.io-client, current', currentIo],
  ['socket.io-client 4.0', firstIo],
]

/** Every block of a language, with the nearest heading above it. */
function snippets(language: string): Snippet[] {
  const blocks: Snippet[] = []
  const pattern = /^(#+ .+)$|^ *```(\w+)\n([\s\S]*?)\n *```$/gm
  let heading = ''
  for (const [, title, kind, code] of guide.matchAll(pattern)) {
    if (title !== undefined) heading = title.replace(/^#+ (\d+\. )?/, '')
    else if (kind === language && code !== undefined) blocks.push({ heading, code })
  }
  return blocks
}

/** Runs guide code as it stands, with what it takes for granted. */
function execute(code: string, given: Record<string, unknown>): void {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the guide's text is the subject
  const run = new Function(...Object.keys(given), code) as (...values: unknown[]) => void
  run(...Object.values(given))
}

async function startServer() {
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
  })
  const url = await server.listen()
  const { token } = await server.sessions.acquire()
  return { url, token, [Symbol.asyncDispose]: () => server.close() }
}

/** A console that remembers, and the promise of a line that begins with a text. */
function recorder() {
  const log = vi.fn()
  const said = (start: string) =>
    vi.waitFor(
      () => {
        const call = log.mock.calls.find(([text]) => text === start)
        expect(call).toBeDefined()
        return call?.[1] as unknown
      },
      { timeout: 3_000 },
    )
  return { console: { log, error: log }, log, said }
}

describe.each(clients)('the guide with %s', (_version, io) => {
  it('connects as under “Basic Connection”', async () => {
    await using server = await startServer()
    const { console, said } = recorder()
    const snippet = snippets('javascript').find(({ heading }) => heading.startsWith('Basic'))
    const code = (snippet?.code ?? '')
      .replace(/^import .*$/m, '')
      .replace('http://localhost:3000', server.url)
      .replace('your-session-token-here', server.token)
    let socket: ReturnType<Io> | undefined
    const remember = (...args: Parameters<Io>) => (socket = io(...args))
    execute(code, { io: remember, console })
    expect(await said('Connected:')).toBe(socket?.id)
    socket?.disconnect()
    expect(await said('Disconnected:')).toBe('io client disconnect')
  })

  it('answers each command with the keys that its comment shows', async () => {
    await using server = await startServer()
    const all = snippets('javascript')
    const names = ['Ping/Pong', 'Status', 'Info', 'Echo', 'Message']
    for (const name of names) {
      const [send, receive] = all.filter(({ heading }) => heading === name).map(({ code }) => code)
      const log = vi.fn()
      const socket = io(server.url, { auth: { token: server.token }, forceNew: true })
      execute(receive ?? '', { socket, console: { log } })
      execute(send ?? '', { socket, console: { log } })
      await vi.waitFor(() => {
        expect(log).toHaveBeenCalled()
      })
      const shown = /\/\*([\s\S]*)\*\/|\/\/ (\{.*\})/.exec(receive ?? '')
      const text = shown?.[1] ?? shown?.[2] ?? ''
      const keysShown = [...text.matchAll(/(\w+):(?= )/g)].map(([, key]) => key)
      const keys: string[] = []
      JSON.stringify(log.mock.calls[0]?.[0], (key, value: unknown) => {
        if (key !== '' && Number.isNaN(Number(key))) keys.push(key)
        return value
      })
      expect(keys).toEqual(keysShown)
      socket.disconnect()
    }
  })

  it('welcomes as under “Connected (Auto)”', async () => {
    await using server = await startServer()
    const log = vi.fn()
    const socket = io(server.url, { auth: { token: server.token }, forceNew: true })
    const snippet = snippets('javascript').find(({ heading }) => heading === 'Connected (Auto)')
    execute(snippet?.code ?? '', { socket, console: { log } })
    await vi.waitFor(() => {
      expect(log).toHaveBeenCalledExactlyOnceWith({
        message: 'Connected to YektaYar server',
        socketId: socket.id,
        isLoggedIn: false,
      })
    })
    socket.disconnect()
  })

  it('tests manually as under “Manual Testing”', async () => {
    await using server = await startServer()
    const { console, said } = recorder()
    const snippet = snippets('javascript').find(({ code }) => code.includes('require('))
    const code = (snippet?.code ?? '').replace('http://localhost:3000', server.url)
    execute(code, {
      require: () => io,
      process: { env: { TOKEN: server.token } },
      console,
    })
    expect(await said('Pong:')).toMatchObject({ timestamp: expect.any(String) as string })
  })
})
