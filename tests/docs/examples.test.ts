import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startPostgres } from '@yektayar/testing'
import { transform } from 'esbuild'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { runProcess } from '../support/runProcess.js'
import { temporaryDirectory } from '../support/temporaryDirectory.js'
import { read } from './support/documents.js'
import { typeCheck } from './support/typeCheck.js'

/** Inside of this package, whose dependencies the examples need. */
const cache = join(import.meta.dirname, '../.cache')

/** A database that ends with the test. */
interface TestDatabase extends AsyncDisposable {
  readonly url: string
}

async function sqliteFile(): Promise<TestDatabase> {
  const directory = await temporaryDirectory()
  const url = `sqlite:${join(directory.path, 'app.db')}`
  return { url, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() }
}

const stores: [name: string, open: () => Promise<TestDatabase>][] = [['sqlite:', sqliteFile]]
if (hasPostgres()) stores.push(['postgres:', startPostgres])
else console.warn('! There is no PostgreSQL: examples are NOT run on it.')

/** Runs an example of a server in its own process, on a free port. */
async function runExample(path: string, databaseUrl: string) {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'example-'))
  const { code } = await transform(read(path), { loader: 'ts', format: 'esm' })
  await writeFile(join(folder, 'server.mjs'), code)
  const env = { PATH: process.env.PATH, PORT: '0', DATABASE_URL: databaseUrl }
  const running = runProcess(process.execPath, ['server.mjs'], { cwd: folder, env })
  const url = await running.printed(/Listening at (\S+)/)
  return {
    url,
    post: async (route: string, body: object, token?: string) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token ?? ''}` }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      return (await (await fetch(url + route, init)).json()) as Record<string, string>
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

describe('examples/fastify-users', () => {
  const path = 'examples/fastify-users/server.ts'

  it('is at most 70 lines, which compile', { timeout: 60_000 }, () => {
    expect(read(path).trimEnd().split('\n').length).toBeLessThanOrEqual(70)
    expect(typeCheck(new Map([[path, read(path)]]))).toEqual([])
  })

  it.each(stores)('serves users from two processes, unchanged on %s', async (_name, open) => {
    await using database = await open()
    await using example = await runExample(path, database.url)
    await using other = await runExample(path, database.url)
    const { post, url } = example
    const sara = { name: 'sara', password: 'correct horse' }
    const { id = '' } = await other.post('/users', sara)
    expect(await post('/users', sara)).toMatchObject({ error: { code: 'conflict' } })
    expect(await post('/users', { name: 'omid' })).toMatchObject({
      error: { code: 'invalid_input' },
    })
    const anonymous = await post('/api/session/acquire', {})
    const signIn = (password: string) =>
      post('/api/session/sign-in', { username: 'sara', password }, anonymous.token)
    expect(await signIn('wrong')).toMatchObject({ error: { code: 'unauthorized' } })
    const { token, userId } = await signIn(sara.password)
    expect(userId).toBe(id)

    const socket = io(url, { auth: { token }, transports: ['websocket'] })
    const ask = (name: string, input?: unknown): Promise<unknown> =>
      input === undefined ? socket.emitWithAck(name) : socket.emitWithAck(name, input)
    const changed = new Promise((resolve) => socket.once('status:changed', resolve))
    await new Promise((resolve) => socket.once('connected', resolve))
    const profile = { id, name: 'sara', isHelper: false }
    expect(await ask('profile:read')).toEqual({ ok: true, data: profile })
    const foreign = await ask('room:join', { room: 'support:somebody' })
    expect(foreign).toMatchObject({ error: { code: 'room_forbidden' } })
    const room = `support:${id}`
    expect(await ask('room:join', { room })).toMatchObject({ ok: true })

    const elsewhere = io(other.url, { auth: { token }, transports: ['websocket'] })
    const heard = new Promise((resolve) => elsewhere.once('status:changed', resolve))
    const read = new Promise((resolve) => elsewhere.once('room:message', resolve))
    await new Promise((resolve) => elsewhere.once('connected', resolve))
    expect(await elsewhere.emitWithAck('room:join', { room })).toMatchObject({ ok: true })
    const status = { userId: id, status: 'on call' }
    expect(await ask('status:set', 'on call')).toEqual({ ok: true, data: status })
    expect(await changed).toEqual(status)
    expect(await heard).toEqual(status)
    expect(await ask('room:send', { room, data: { text: 'hi' } })).toMatchObject({ ok: true })
    expect(await read).toMatchObject({ room, seq: 1, data: { text: 'hi' } })
    expect(await ask('info')).toMatchObject({ data: { server: { name: 'Users' } } })
    socket.close()
    elsewhere.close()
  })
})
