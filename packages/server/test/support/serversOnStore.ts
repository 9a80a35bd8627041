import { vi } from 'vitest'
import type { CreateServerOptions } from '../../src/index.js'
import { kinds } from './openStores.js'
import { ROOM, roomClient } from './roomClient.js'
import { startServer, temporaryDirectory } from './server.js'
import { emptyPostgres } from './testDatabase.js'

/** Two servers on one store that know of each other. A client of each is in a room. */
export async function twoServers(kind: (typeof kinds)[number], options: CreateServerOptions = {}) {
  const directory = await temporaryDirectory()
  const databaseUrl = kind === 'SQLite' ? directory.databaseUrl : await emptyPostgres()
  const common = { ...options, databaseUrl, limits: { storePollMs: 10, ...options.limits } }
  const first = await startServer(common)
  const second = await startServer(common)
  const [here, there] = [await member(first), await member(second)]
  await vi.waitFor(async () => {
    for (const { server } of [first, second]) {
      if ((await server.rooms.members(ROOM)).length < 2) throw new Error('A member is missing')
      if (kind === 'PostgreSQL' && (await server.io.sockets.adapter.serverCount()) < 2) {
        throw new Error('A server is missing')
      }
    }
  })
  return {
    ...{ first, second, here, there },
    async [Symbol.asyncDispose]() {
      for (const one of [first, second, directory]) await one[Symbol.asyncDispose]()
    },
  }
}

/** A client in the room, and a record of the events of its app and of who types. */
async function member(context: Awaited<ReturnType<typeof startServer>>) {
  const client = await roomClient(context)
  const heard: unknown[][] = []
  client.socket.onAny((name: string, ...payload: unknown[]) => {
    if (name.startsWith('app:') || name === 'room:typing') heard.push([name, ...payload])
  })
  await client.join(ROOM)
  return { ...client, heard, id: client.socket.id ?? '' }
}
