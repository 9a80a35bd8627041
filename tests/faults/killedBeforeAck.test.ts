import { faultProxy } from '@yektayar/testing'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporaryDirectory.js'
import { launchServer } from './support/launchServer.js'
import { openClient } from './support/openClient.js'
import { readRoom } from './support/readRoom.js'
import { until } from './support/until.js'

const ROOM = 'public:once'

it.each([
  ['who only sends', false],
  ['who is in the room', true],
])('delivers once for one %s when the server dies before its answer', async (_who, isIn) => {
  await using directory = await temporaryDirectory()
  await using server = await launchServer({ directory: directory.path })
  await using proxy = await faultProxy({ target: server.url })
  await using sender = await openClient({ url: proxy.url })
  await using witness = await openClient({ url: server.url })
  if (isIn) await sender.client.room(ROOM).join()
  const { client } = sender
  const seen = witness.client.room(ROOM)
  await seen.join()

  // From here on the sender receives nothing from this server.
  proxy.stall({ direction: 'toClient' })
  const sending = ['a', 'b', 'c'].map((text) => client.room(ROOM).send(text))
  await until(() => seen.messages.length === sending.length)
  await server.kill()
  expect(client.outbox.getSnapshot().items.map(({ state }) => state)).toEqual([
    'sending',
    'sending',
    'sending',
  ])
  const committed = seen.messages.map(({ id, seq }) => ({ id, seq }))

  proxy.reset() // drops the stalled answers as well
  proxy.heal()
  await server.restart()
  const receipts = await Promise.all(sending)
  expect(receipts.map(({ id, seq }) => ({ id, seq }))).toEqual(committed)
  const log = await readRoom(server.url, ROOM)
  expect(log.map(({ id, seq }) => ({ id, seq }))).toEqual(committed)
  expect(log.map(({ data }) => data)).toEqual(['a', 'b', 'c'])
  expect(client.outbox.getSnapshot().items).toEqual([])
})
