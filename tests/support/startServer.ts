import { createServer } from '@yektayar/server'

/** A real server on a free port with an empty database, and a session on it. */
export async function startServer() {
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
  })
  const url = await server.listen()
  const { token } = await server.sessions.acquire()
  return { server, url, token, [Symbol.asyncDispose]: () => server.close() }
}
