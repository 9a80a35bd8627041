import { faultProxy, startTestServer } from '@yektayar/testing'
import type { TestServer } from '@yektayar/testing'
import { expect, it } from 'vitest'
import { noteRoom, numbers } from './support/noteRoom.js'
import { openClient } from './support/openClient.js'
import { until } from './support/until.js'

const ROOM = 'public:busy'
const FOR_LONG = { forMs: 600_000 }
/** The most messages in one row; a row is trimmed as a unit. */
const MAX_JOINED = 32

/** The messages that a client keeps of a room by default, and those that it requests per page. */
const KEPT = 500
const PAGE = 500

/** The input of a client's request for the messages after a position. */
interface RoomRange {
  readonly after: number
}

it('fills an absence of 10,000 messages page by page while more are published', async () => {
  await using backend = await startTestServer({ limits: { roomRetentionMessages: 20_000 } })
  await using proxy = await faultProxy({ target: backend.url })
  await using away = await openClient({ url: proxy.url })
  const room = away.client.room(ROOM)
  const noted = noteRoom(room)
  await publish(backend, 1, 3)
  await room.join()
  proxy.drop(FOR_LONG)
  await publish(backend, 4, 10_003)

  const asked: number[] = []
  let mostKept = 0
  away.client.socket?.onAnyOutgoing((name: string, { after }: RoomRange) => {
    if (name === 'room:history') asked.push(after)
  })
  room.subscribe(({ messages }) => {
    mostKept = Math.max(mostKept, messages.length)
  })
  proxy.heal()
  await until(() => asked.length > 0)
  await publish(backend, 10_004, 12_000)
  await until(() => room.position?.seq === 12_000)

  expect(noted).toEqual(numbers(1, 12_000))
  expect(room.messages.map(({ seq }) => seq)).toEqual(numbers(12_000 - KEPT + 1, 12_000))
  expect(mostKept).toBe(KEPT)
  // Page 0 came with the join, together with the message at the position.
  const pages = numbers(1, 19).map((page) => 2 + page * PAGE)
  expect(asked.slice(0, pages.length)).toEqual(pages)
})

it('says once that an absence was too long, and has everything from there on', async () => {
  await using backend = await startTestServer({
    limits: { roomRetentionMessages: 100, sweepIntervalMs: 10 },
  })
  await using proxy = await faultProxy({ target: backend.url })
  await using away = await openClient({ url: proxy.url })
  const room = away.client.room(ROOM)
  const noted = noteRoom(room)
  await room.join()
  await publish(backend, 1, 20)
  await until(() => room.position?.seq === 20)
  proxy.drop(FOR_LONG)
  await publish(backend, 21, 400)
  const reader = backend.client()
  await reader.connect()
  await until(async () => {
    const { messages } = await reader.room(ROOM).history({ limit: PAGE })
    return messages.length < 100 + MAX_JOINED
  })

  proxy.heal()
  for (let seq = 401; seq <= 1_500; seq += 5) await publish(backend, seq, seq + 4)
  await until(() => room.position?.seq === 1_500)
  const first = Number(noted[21])
  expect(first).toBeGreaterThan(300 - MAX_JOINED)
  expect(noted).toEqual([...numbers(1, 20), 'truncated', ...numbers(first, 1_500)])
  expect(room.continuity).toEqual({ kind: 'reset', reason: 'truncated' })
})

/** Publishes the numbers from `first` to `last`, which become the messages' `seq`. */
async function publish({ server }: TestServer, first: number, last: number): Promise<void> {
  for (let start = first; start <= last; start += 1_000) {
    const some = numbers(start, Math.min(start + 999, last))
    await Promise.all(some.map((n) => server.publish(ROOM, n)))
  }
}
