import { faultProxy } from '@yektayar/testing'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporaryDirectory.js'
import { backUp, restore } from './support/databaseCopy.js'
import { launchServer } from './support/launchServer.js'
import { noteRoom, numbers } from './support/noteRoom.js'
import { openClient } from './support/openClient.js'
import { readRoom } from './support/readRoom.js'
import { until } from './support/until.js'

const ROOM = 'public:restored'
const FOR_LONG = { forMs: 600_000 }

it('goes on from an older copy of the database, and each reader learns of it once', async () => {
  await using directory = await temporaryDirectory()
  await using server = await launchServer({ directory: directory.path })
  await using proxy = await faultProxy({ target: server.url })
  await using road = await faultProxy({ target: server.url })
  await using writer = await openClient({ url: proxy.url })
  await using present = await openClient({ url: server.url })
  await using away = await openClient({ url: road.url })
  const send = (text: string) => writer.client.room(ROOM).send(text)
  const rooms = [present, away].map(({ client }) => client.room(ROOM))
  const noted = rooms.map(noteRoom)
  await Promise.all(rooms.map((room) => room.join()))
  for (const n of numbers(1, 5)) await send(`kept ${String(n)}`)
  backUp(directory.path)
  for (const n of numbers(6, 10)) await send(`lost ${String(n)}`)
  await until(() => rooms.every(({ position }) => position?.seq === 10))
  road.drop(FOR_LONG)

  proxy.stall({ direction: 'toServer' })
  const underWay = ['a', 'b'].map(send)
  await server.kill()
  await restore(directory.path)
  proxy.reset()
  proxy.heal()
  await server.restart()
  expect(await Promise.all(underWay)).toMatchObject([{ seq: 6 }, { seq: 7 }])
  for (const n of numbers(8, 12)) expect(await send(`new ${String(n)}`)).toMatchObject({ seq: n })
  road.heal() // the client returns to a log longer than the one it knows
  await until(() => rooms.every(({ position }) => position?.seq === 12))

  const log = await readRoom(server.url, ROOM)
  expect(log.map(({ data }) => data)).toEqual([
    ...numbers(1, 5).map((n) => `kept ${String(n)}`),
    ...['a', 'b'],
    ...numbers(8, 12).map((n) => `new ${String(n)}`),
  ])
  for (const seen of noted) {
    expect(seen).toEqual([...numbers(1, 10), 'epoch_changed', ...numbers(1, 12)])
  }
  for (const { messages } of rooms) {
    expect(messages.map(({ id }) => id)).toEqual(log.map(({ id }) => id))
  }
})

it('gives another session to who came after the copy, and fails what was not answered', async () => {
  await using directory = await temporaryDirectory()
  await using server = await launchServer({ directory: directory.path })
  await using proxy = await faultProxy({ target: server.url })
  backUp(directory.path)
  await using late = await openClient({ url: proxy.url })
  const room = late.client.room(ROOM)
  const noted = noteRoom(room)
  await room.join()
  await room.send('lost')
  await until(() => room.position?.seq === 1)
  proxy.stall({ direction: 'toServer' })
  const underWay = room.send('unanswered')
  await server.kill()
  await restore(directory.path)
  proxy.reset()
  proxy.heal()
  await server.restart()
  await expect(underWay).rejects.toMatchObject({ code: 'session_ended', mayHaveRun: true })
  expect(await room.send('new')).toMatchObject({ seq: 1 })
  await until(() => noted.length > 2) // the room is joined again concurrently
  expect(noted).toEqual([1, 'epoch_changed', 1])
  expect(await readRoom(server.url, ROOM)).toMatchObject([{ data: 'new' }])
})
