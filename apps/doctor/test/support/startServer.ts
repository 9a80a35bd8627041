import { createServer } from '@yektayar/server'
import type { CreateServerOptions } from '@yektayar/server'

/** A real server on a free port with an empty database; closed at the end of the scope. */
export async function startServer(options: CreateServerOptions = {}) {
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
    ...options,
  })
  const url = await server.listen()
  return { server, url, [Symbol.asyncDispose]: () => server.close() }
}

/** The URL of a server that has been closed. */
export async function stoppedServer(): Promise<string> {
  await using server = await startServer()
  return server.url
}
