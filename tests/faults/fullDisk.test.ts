import { faultProxy } from '@yektayar/testing'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporaryDirectory.js'
import { emptyDisk, fillDisk } from './support/fullDisk.js'
import { launchServer } from './support/launchServer.js'
import { noteRoom, numbers } from './support/noteRoom.js'
import { openClient } from './support/openClient.js'
import { idOf } from './support/payload.js'
import { readRoom } from './support/readRoom.js'
import { until } from './support/until.js'

const ROOM = 'public:full'
const FULL_MS = 5_000

it.runIf(process.platform === 'linux')(
  'waits while the disk is full for 5 s, and then delivers everything once, without a restart',
  async () => {
    await using directory = await temporaryDirectory()
    await using server = await launchServer({ directory: directory.path })
    await using proxy = await faultProxy({ target: server.url })
    await using steady = await openClient({ url: server.url })
    await using shaken = await openClient({ url: proxy.url })
    const { pid } = server
    const { id } = steady.client.socket ?? {}
    const rooms = [steady, shaken].map(({ client }) => client.room(ROOM))
    const noted = rooms.map(noteRoom)
    await Promise.all(rooms.map((room) => room.join()))
    await Promise.all(rooms.map((room, index) => room.send(`${String(index)} before`)))
    await until(() => rooms.every(({ position }) => position?.seq === 2))

    await fillDisk(pid)
    let settled = 0
    const sending = rooms.flatMap((room, index) =>
      numbers(1, 50).map((n) =>
        room.send(`${String(index)} ${String(n)}`).finally(() => {
          settled++
        }),
      ),
    )
    const write = { room: ROOM, data: 'refused' }
    for (const endsAt = performance.now() + FULL_MS; performance.now() < endsAt;) {
      const refused = steady.client.call('room:send', write, { delivery: 'transient' })
      await expect(refused).rejects.toMatchObject({ code: 'store_unavailable', retryable: true })
      expect((await rooms[0]?.history())?.messages).toHaveLength(2)
    }
    proxy.reset()
    await shaken.client.whenStatus('reconnecting')
    await shaken.client.whenStatus('connected')
    expect(settled).toBe(0)

    await emptyDisk(pid)
    const receipts = await Promise.all(sending)
    await until(() => rooms.every(({ position }) => position?.seq === 102))
    expect(steady.client.socket?.id).toBe(id)
    const log = await readRoom(server.url, ROOM)
    expect(log).toHaveLength(102)
    for (const index of [0, 1]) {
      const own = log.slice(2).filter(({ data }) => idOf(data).startsWith(String(index)))
      expect(own.map(({ data }) => data)).toEqual(numbers(1, 50).map((n) => `${index} ${n}`))
      expect(receipts.slice(index * 50, index * 50 + 50).map(({ id }) => id)).toEqual(
        own.map(({ id }) => id),
      )
    }
    for (const seen of noted) expect(seen).toEqual(numbers(1, 102))
  },
)
