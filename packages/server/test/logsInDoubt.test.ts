import { describe, expect, it } from 'vitest'
import { captureLog } from './support/captureLog.js'
import { kinds } from './support/openStores.js'
import { queryPostgres } from './support/queryPostgres.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'
import { emptyPostgres } from './support/testDatabase.js'

/** A server with a log in a room, whose app thinks about each right. */
async function openScene() {
  const databaseUrl = await emptyPostgres()
  const context = await startServer({
    ...{ databaseUrl, logLevel: 'error', authorize: () => Promise.resolve(true) },
    limits: { roomHeadIntervalMs: 600_000 },
  })
  const log = captureLog(context.server)
  for (const data of ['a', 'b', 'c']) await context.server.publish(ROOM, data)
  const client = await roomClient(context)
  const heads: unknown[] = []
  client.socket.on('room:head', (head) => heads.push(...head.heads))
  return {
    ...{ context, client, heads, log },
    /** Loses all connections to the database; resolves once a message has come after it. */
    async loseConnections() {
      await queryPostgres(
        databaseUrl,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      )
      await expect
        .poll(async () => {
          await context.server.publish(ROOM, 'after').catch(() => undefined)
          return client.seen.at(-1)?.data
        })
        .toBe('after')
    },
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

describe.runIf(kinds.length > 1)('a log of which nothing was lost, after a lost connection', () => {
  it('is not read again by a member whose right was asked about before', async () => {
    await using scene = await openScene()
    const { context, client, heads, log } = scene
    await client.join(ROOM)
    await context.server.rooms.review({ room: ROOM })
    expect(heads).toHaveLength(1)
    await client.ask('room:history', { room: ROOM }) // by now the feed has read where it is
    await scene.loseConnections()
    expect(heads).toHaveLength(1)
    expect(log.text()).not.toMatch(/lost messages/)
  })

  it('is not read again by a member who has not read all of it', async () => {
    await using scene = await openScene()
    const { client, heads, log } = scene
    const first = await client.join(ROOM)
    await client.ask('room:leave', { room: ROOM })
    for (let n = 0; n < 600; n++) void scene.context.server.publish(ROOM, n)
    await scene.context.server.publish(ROOM, 'last')
    const { more } = await client.join(ROOM, { epoch: first.epoch, seq: 3 })
    expect(more).toBe(true)
    await client.ask('room:history', { room: ROOM })
    await scene.loseConnections()
    expect(heads).toEqual([])
    expect(log.text()).not.toMatch(/lost messages/)
  })
})
