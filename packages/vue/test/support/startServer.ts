import { createServer } from '@yektayar/server'
import { createYektaYar } from '../../src/index.js'
import type { YektaYarPlugin } from '../../src/index.js'

/** A real server and a plugin connected to it; both close at the end of the scope. */
export async function startServer() {
  const server = await createServer({
    authenticate: ({ username = '', password }) =>
      password === 'correct horse' ? `user-${username}` : null,
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
  })
  const url = await server.listen()
  const plugin: YektaYarPlugin = createYektaYar({ url, retryDelayMs: 10 })
  return {
    server,
    url,
    plugin,
    async [Symbol.asyncDispose]() {
      await plugin.client.disconnect()
      await server.close()
    },
  }
}
