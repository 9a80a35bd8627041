import { command, coreContract, extendContract, none } from '@yektayar/protocol'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { z } from 'zod'
import { createServer } from '../../src/index.js'
import type { Limits } from '../../src/index.js'
import { acquire, connected } from './server.js'
import { emptyStore } from './testDatabase.js'

const contract = extendContract(coreContract, {
  commands: { 'app:wait': command({ input: none, output: z.string() }) },
})

/** A server with a command that runs until the test releases it. */
export async function startSlowServer(limits: Partial<Limits> = {}) {
  const waiting: ((text: string) => void)[] = []
  const begun: (() => void)[] = []
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: await emptyStore(),
    logLevel: 'silent',
    contract,
    limits,
    commands: {
      'app:wait': () => {
        for (const tell of begun.splice(0)) tell()
        return new Promise<string>((resolve) => waiting.push(resolve))
      },
    },
  })
  const url = await server.listen()
  const clients: Socket[] = []
  return {
    server,
    url,
    /** Resolves when the next slow command has begun. */
    begun: () => new Promise<void>((resolve) => begun.push(resolve)),
    /** Lets all slow commands finish. */
    release: () => {
      for (const resolve of waiting.splice(0)) resolve('finished')
    },
    async connect(transport: 'polling' | 'websocket' = 'websocket') {
      const { token } = await acquire(url)
      const client: Socket = io(url, { auth: { token }, transports: [transport], forceNew: true })
      clients.push(client)
      return connected(client)
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close()
      await server.close()
    },
  }
}
