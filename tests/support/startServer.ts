import { createServer } from '@yektayar/server'
import type { CreateServerOptions } from '@yektayar/server'

/** A real server on a free port with an empty database, and a session on it. */
export async function startServer(options: Pick<CreateServerOptions, 'authenticate'> = {}) {
  const server = await createServer({
    ...options,
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
  })
  const url = await server.listen()
  const { token } = await server.sessions.acquire()
  return { server, url, token, [Symbol.asyncDispose]: () => server.close() }
}
