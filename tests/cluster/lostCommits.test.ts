import { faultProxy, startPostgres } from '@yektayar/testing'
import { createServer } from '@yektayar/server'
import type { CreateServerOptions } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { noteRoom, numbers } from '../faults/support/noteRoom.js'
import { openClient } from '../faults/support/openClient.js'
import { readRoom } from '../faults/support/readRoom.js'
import { until } from '../faults/support/until.js'
import { failOver, markReplicated } from './support/lostCommits.js'

const ROOM = 'public:cut'
const OTHER = 'public:whole'
const FOR_LONG = { forMs: 600_000 }

/** A server over PostgreSQL, with a writer that has sent five messages to each of two rooms. */
async function openScene(options: CreateServerOptions = {}) {
  const postgres = await startPostgres()
  const server = await createServer({
    ...{ port: 0, host: '127.0.0.1', databaseUrl: postgres.url, logLevel: 'silent' },
    ...options,
  })
  const url = await server.listen()
  const writer = await openClient({ url })
  const send = (text: string, room = ROOM) => writer.client.room(room as 'public:any').send(text)
  for (const n of numbers(1, 5)) {
    await send(`kept ${String(n)}`)
    await send(`kept ${String(n)}`, OTHER)
  }
  return {
    ...{ server, url, writer, send, databaseUrl: postgres.url },
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]()
      await server.close()
      await postgres.close()
    },
  }
}

describe.runIf(hasPostgres())('a failover that loses acknowledged commits', () => {
  it.each([
    ['is shorter', 0],
    ['is as long', 5],
    ['is longer', 7],
  ])('is told once to each reader who is there, when the log %s', async (_how, count) => {
    await using scene = await openScene()
    const { url, databaseUrl, send } = scene
    await using reader = await openClient({ url })
    const [room, other] = [reader.client.room(ROOM), reader.client.room(OTHER)]
    const [noted, notedOther] = [noteRoom(room), noteRoom(other)]
    await Promise.all([room.join(), other.join()])
    await markReplicated(databaseUrl)
    for (const n of numbers(6, 10)) await send(`lost ${String(n)}`)
    await until(() => room.position?.seq === 10)

    await failOver(databaseUrl, ROOM, numbers(6, 5 + count).map(String))
    await until(() => noted.includes('epoch_changed'))
    await send('after it')
    await send('after it', OTHER)
    await until(() => room.position?.seq === 6 + count && other.position?.seq === 6)

    expect(noted).toEqual([...numbers(1, 10), 'epoch_changed', ...numbers(1, 6 + count)])
    expect(notedOther).toEqual(numbers(1, 6))
    const log = await readRoom(url, ROOM)
    expect(log.map(({ seq }) => seq)).toEqual(numbers(1, 6 + count))
    expect(room.messages.map(({ id }) => id)).toEqual(log.map(({ id }) => id))
  })

  it('is told once to a reader who comes back, unless its last message is still there', async () => {
    await using scene = await openScene()
    const { url, databaseUrl, send } = scene
    await using early = await faultProxy({ target: url })
    await using late = await faultProxy({ target: url })
    await using unaffected = await openClient({ url: early.url })
    await using affected = await openClient({ url: late.url })
    const rooms = [unaffected, affected].map(({ client }) => client.room(ROOM))
    const noted = rooms.map(noteRoom)
    await Promise.all(rooms.map((room) => room.join()))
    early.drop(FOR_LONG)
    await markReplicated(databaseUrl)
    for (const n of numbers(6, 10)) await send(`lost ${String(n)}`)
    await until(() => rooms[1]?.position?.seq === 10)
    late.drop(FOR_LONG)

    await failOver(databaseUrl, ROOM, numbers(6, 12).map(String))
    early.heal()
    late.heal()
    await until(() => rooms.every(({ position }) => position?.seq === 12))
    await send('after it')
    await until(() => rooms.every(({ position }) => position?.seq === 13))
    expect(noted).toEqual([numbers(1, 13), [...numbers(1, 10), 'epoch_changed', ...numbers(1, 13)]])
  })

  it('is told once to a reader whose right an app thinks about, even if the log is as long', async () => {
    let whenDecided = Promise.resolve()
    await using scene = await openScene({
      authorize: async () => {
        await whenDecided
        return true
      },
    })
    const { server, url, databaseUrl, send } = scene
    await using reader = await openClient({ url })
    const room = reader.client.room(ROOM)
    const noted = noteRoom(room)
    await room.join()
    await markReplicated(databaseUrl)
    for (const n of numbers(6, 10)) await send(`lost ${String(n)}`)
    await until(() => room.position?.seq === 10)
    let decide: (() => void) | undefined
    whenDecided = new Promise((resolve) => (decide = resolve))
    const reviewed = server.rooms.review({ room: ROOM })
    await failOver(databaseUrl, ROOM, numbers(6, 10).map(String))
    await until(async () => (await fetch(`${url}/ready`)).ok)
    decide?.()
    await reviewed
    await until(() => noted.includes('epoch_changed'))
    await until(() => room.position?.seq === 10)
    expect(noted).toEqual([...numbers(1, 10), 'epoch_changed', ...numbers(1, 10)])
  })

  it('loses no command without an answer, and runs none twice', async () => {
    await using scene = await openScene()
    const { url, databaseUrl, writer, send } = scene
    await using reader = await openClient({ url })
    const room = reader.client.room(ROOM)
    const noted = noteRoom(room)
    await room.join()
    await markReplicated(databaseUrl)
    for (const n of numbers(6, 10)) await send(`lost ${String(n)}`)
    const underWay = numbers(1, 40).map((n) => send(`under way ${String(n)}`))
    await failOver(databaseUrl, ROOM)
    const answered = await Promise.all(underWay)
    await send('after it')
    await until(() => room.messages.at(-1)?.data === 'after it')

    const log = await readRoom(url, ROOM)
    const texts = log.map(({ data }) => data)
    expect(new Set(texts).size).toBe(texts.length)
    const sent = numbers(1, 40).map((n) => `under way ${String(n)}`)
    expect(texts.filter((text) => sent.includes(text as string))).toEqual(
      sent.filter((text) => texts.includes(text)),
    )
    expect(answered).toHaveLength(40)
    expect(writer.client.outbox.getSnapshot().items).toEqual([])
    expect(noted.filter((one) => typeof one === 'string')).toEqual(['epoch_changed'])
    expect(room.messages.map(({ id }) => id)).toEqual(log.map(({ id }) => id))
  })
})
