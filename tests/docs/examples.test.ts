import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { runProcess } from '../support/runProcess.js'
import { read } from './support/documents.js'
import { typeCheck } from './support/typeCheck.js'

/** Inside of this package, whose dependencies the examples need. */
const cache = join(import.meta.dirname, '../.cache')

/** Runs an example of a server in its own process, on a free port and in memory. */
async function runExample(path: string) {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'example-'))
  const { code } = await transform(read(path), { loader: 'ts', format: 'esm' })
  await writeFile(join(folder, 'server.mjs'), code)
  const env = { PATH: process.env.PATH, PORT: '0', DATABASE_URL: 'sqlite::memory:' }
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

  it('serves users, by REST and plain Socket.IO', async () => {
    await using example = await runExample(path)
    const { post, url } = example
    const sara = { name: 'sara', password: 'correct horse' }
    const { id = '' } = await post('/users', sara)
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
    const other = await ask('room:join', { room: 'support:somebody' })
    expect(other).toMatchObject({ error: { code: 'room_forbidden' } })
    expect(await ask('room:join', { room: `support:${id}` })).toMatchObject({ ok: true })
    const status = { userId: id, status: 'on call' }
    expect(await ask('status:set', 'on call')).toEqual({ ok: true, data: status })
    expect(await changed).toEqual(status)
    expect(await ask('info')).toMatchObject({ data: { server: { name: 'Users' } } })
    socket.close()
  })
})
