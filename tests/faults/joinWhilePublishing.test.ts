import { setImmediate as nextTurn } from 'node:timers/promises'
import { startTestServer } from '@yektayar/testing'
import type { TestServer } from '@yektayar/testing'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporaryDirectory.js'
import { launchServer } from './support/launchServer.js'
import { noteRoom, numbers } from './support/noteRoom.js'
import { openClient } from './support/openClient.js'
import { until } from './support/until.js'

const ROOM = 'public:busy'
const PER_SECOND = 1_000
const CLIENTS = 24

/** The messages that a client keeps of a room by default. */
const KEPT = 500

it('joins 24 clients during 1,000 messages a second, none with a gap or a repeat', async () => {
  await using backend = await startTestServer()
  const publisher = publishSteadily(backend)
  const views = await Promise.all(
    numbers(1, CLIENTS).map(async (number) => {
      const { client } = await openClient({ url: backend.url })
      const room = client.room(ROOM)
      const noted = noteRoom(room)
      await until(() => publisher.count >= number * 50)
      await room.join()
      return { client, room, noted }
    }),
  )
  const joined = publisher.count
  await until(() => publisher.count >= joined + KEPT)
  const last = await publisher.stop()
  for (const { client, room, noted } of views) {
    await until(() => room.position?.seq === last)
    expect(noted).toEqual(numbers(Number(noted[0]), last))
    expect(room.messages.map(({ seq }) => seq)).toEqual(numbers(last - KEPT + 1, last))
    await client.disconnect()
  }
})

it('answers a join with the log up to where it says, whatever another process appends', async () => {
  await using directory = await temporaryDirectory()
  await using one = await launchServer({ directory: directory.path })
  await using other = await launchServer({ directory: directory.path })
  await using writer = await openClient({ url: one.url })
  await using reader = await openClient({ url: other.url })
  const writing = { isOver: false }
  const send = async (): Promise<void> => {
    while (!writing.isOver) await writer.client.room(ROOM).send('more')
  }
  const sending = numbers(1, 8).map(send)
  const ends: { seq: number; last: number }[] = []
  for (let join = 1; join <= 400; join++) {
    const { seq, messages } = await reader.client.call('room:join', { room: ROOM })
    ends.push({ seq, last: messages.at(-1)?.seq ?? 0 })
  }
  writing.isOver = true
  await Promise.all(sending)
  expect(ends.filter(({ seq, last }) => seq !== last)).toEqual([])
})

/** Publishes at a steady rate until it is stopped. */
function publishSteadily({ server }: TestServer) {
  const startedAt = performance.now()
  let count = 0
  let isOver = false
  const run = async (): Promise<void> => {
    while (!isOver) {
      const due = ((performance.now() - startedAt) * PER_SECOND) / 1_000
      for (; count < due; count++) void server.publish(ROOM, count)
      await nextTurn()
    }
  }
  const running = run()
  return {
    get count() {
      return count
    },
    /** Stops and resolves with the number of published messages. */
    async stop(): Promise<number> {
      isOver = true
      await running
      return count
    },
  }
}
