import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { launchServer } from '../faults/support/launchServer.js'
import { noteRoom, numbers } from '../faults/support/noteRoom.js'
import { openClient } from '../faults/support/openClient.js'
import { readRoom } from '../faults/support/readRoom.js'
import { until } from '../faults/support/until.js'
import { temporaryDirectory } from '../support/temporaryDirectory.js'
import { queryDatabase } from './support/database.js'
import { startReplicated } from './support/replicatedPostgres.js'

const ROOM = 'public:failover'
const OTHER = 'public:quiet'
const ASYNCHRONOUS = /none is synchronous: a failover loses confirmed messages/

/** Needs a copy of a server, which a given one does not offer. */
const isThere = hasPostgres() && !process.env.TEST_DATABASE_URL

/** Two nodes as processes on a primary with a standby. */
async function openScene(isSynchronous: boolean) {
  const postgres = await startReplicated({ isSynchronous })
  const directory = await temporaryDirectory()
  const env = { DATABASE_URL: postgres.databaseUrl, LOG_LEVEL: 'warn' }
  const first = await launchServer({ directory: directory.path, env })
  const second = await launchServer({ directory: directory.path, env })
  return {
    ...{ postgres, first, second },
    async [Symbol.asyncDispose]() {
      await Promise.all([first.kill(), second.kill()])
      await directory[Symbol.asyncDispose]()
      await postgres[Symbol.asyncDispose]()
    },
  }
}

describe.runIf(isThere)('a failover of PostgreSQL', () => {
  it(
    'to an asynchronous standby tells each affected reader once',
    { timeout: 90_000 },
    async () => {
      await using scene = await openScene(false)
      const { postgres, first, second } = scene
      for (const node of [first, second]) expect(node.output).toMatch(ASYNCHRONOUS)
      await using writer = await openClient({ url: first.url })
      await using here = await openClient({ url: first.url })
      await using there = await openClient({ url: second.url })
      const send = (text: string, room = ROOM) =>
        writer.client.room(room as 'public:any').send(text)
      const rooms = [here, there].map(({ client }) => client.room(ROOM))
      const quiet = [here, there].map(({ client }) => client.room(OTHER))
      const [noted, notedQuiet] = [rooms.map(noteRoom), quiet.map(noteRoom)]
      await Promise.all([...rooms, ...quiet].map((room) => room.join()))
      for (const n of numbers(1, 5)) {
        await send(`kept ${String(n)}`)
        await send(`kept ${String(n)}`, OTHER)
      }
      await until(() => [...rooms, ...quiet].every(({ position }) => position?.seq === 5))
      await untilCaughtUp(postgres.primary.url)
      await postgres.detach()
      for (const n of numbers(6, 10)) await send(`lost ${String(n)}`)
      await until(() => rooms.every(({ position }) => position?.seq === 10))

      const underWay = Promise.all(numbers(1, 30).map((n) => send(`under way ${String(n)}`)))
      await postgres.failOver()
      await underWay
      await send('after it')
      await send('after it', OTHER)
      await until(() => rooms.every(({ messages }) => messages.at(-1)?.data === 'after it'))
      await until(() => quiet.every(({ position }) => position?.seq === 6))

      const log = await readRoom(second.url, ROOM)
      for (const [index, room] of rooms.entries()) {
        expect(noted[index]?.filter((one) => typeof one === 'string')).toEqual(['epoch_changed'])
        expect(room.messages.map(({ id }) => id)).toEqual(log.map(({ id }) => id))
      }
      expect(notedQuiet).toEqual([numbers(1, 6), numbers(1, 6)])
      const texts = log.map(({ data }) => data)
      expect(new Set(texts).size).toBe(texts.length)
      expect(texts.slice(0, 5)).toEqual(numbers(1, 5).map((n) => `kept ${String(n)}`))
      expect(texts.filter((text) => (text as string).startsWith('lost'))).toEqual([])
    },
  )

  it(
    'to a synchronous standby loses nothing, and nobody notices',
    { timeout: 90_000 },
    async () => {
      await using scene = await openScene(true)
      const { postgres, first, second } = scene
      for (const node of [first, second]) expect(node.output).not.toMatch(/standby/)
      await using writer = await openClient({ url: first.url })
      await using reader = await openClient({ url: second.url })
      const room = reader.client.room(ROOM)
      const noted = noteRoom(room)
      await room.join()
      const receipts: Promise<unknown>[] = []
      const sending = setInterval(() => {
        receipts.push(writer.client.room(ROOM).send(receipts.length))
      }, 5)
      await until(() => receipts.length > 50)
      await postgres.failOver()
      const count = receipts.length
      await until(() => receipts.length > count + 50)
      clearInterval(sending)
      await Promise.all(receipts)
      await until(() => room.position?.seq === receipts.length)

      expect(noted).toEqual(numbers(1, receipts.length))
      const log = await readRoom(first.url, ROOM)
      expect(log.map(({ data }) => data)).toEqual(numbers(0, receipts.length - 1))
    },
  )

  it('is not foreseen by a server that may not see standbys, which says so', async () => {
    await using postgres = await startReplicated({ isSynchronous: false })
    await using directory = await temporaryDirectory()
    await queryDatabase(postgres.databaseUrl, 'create role app login')
    await queryDatabase(postgres.databaseUrl, 'create database app owner app')
    const databaseUrl = postgres.databaseUrl.replace('postgres@', 'app@').replace(/\w+$/, 'app')
    const env = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn' }
    await using node = await launchServer({ directory: directory.path, env })
    expect(node.output).toMatch(/run \\"grant pg_monitor to\\" this user/)
  })
})

/** Resolves when the standby has everything that the primary has. */
async function untilCaughtUp(primaryUrl: string): Promise<void> {
  await until(async () => {
    const [row] = await queryDatabase(
      primaryUrl,
      'select bool_and(replay_lsn >= pg_current_wal_lsn()) as is from pg_stat_replication',
    )
    return row?.is === true
  })
}
