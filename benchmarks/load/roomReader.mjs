// One client of ours in a room, in a process of its own.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { YektaYarSocket } from '@yektayar/client'
import { answerParent } from '../servers/answerParent.mjs'

const PAGE = 200

let client, room, received

answerParent({
  /** Joins a room, and loads so many messages. */
  async open(url, token, name, loaded) {
    client = new YektaYarSocket({ url, token })
    await client.connect()
    room = client.room(name)
    room.subscribe(() => undefined)
    await room.join()
    while (room.messages.length < loaded && (await room.loadOlder({ limit: PAGE }))) await sleep(0)
    received = client.socket.listenersAny()[0]
    return room.messages.length
  },

  /** Sends so many messages, which never leave the client. */
  async holdUnsent(count) {
    const { socket } = client
    const emit = socket.emit.bind(socket)
    const held = ['outbox:deliver', 'outbox:put']
    socket.emit = (name, ...rest) => (held.includes(name) ? socket : emit(name, ...rest))
    for (let n = 0; n < count; n++) room.send({ text: 'unsent', n }).catch(() => undefined)
    await sleep(100)
    const { items } = client.outbox.getSnapshot()
    const unsent = items.filter(({ state }) => state === 'queued' || state === 'sending').length
    if (unsent !== count) throw new Error(`${unsent} of ${count} messages are unsent`)
  },

  /** Hands so many messages of others to the client; returns the µs of CPU time of each. */
  async arrive(count) {
    const { epoch, seq } = room.position
    const before = process.cpuUsage()
    for (let n = 1; n <= count; n++) {
      const message = { room: room.name, epoch, seq: seq + n, id: `other.${seq + n}` }
      const at = '2026-01-01T00:00:00.000Z'
      received('room:message', { ...message, from: 'user:other', data: { n }, at })
      await undefined
      await undefined // so that each message makes a snapshot of its own
    }
    const { user, system } = process.cpuUsage(before)
    return (user + system) / count
  },

  leave: () => client.disconnect(),

  /** Comes back, and returns the ms until it has the message with a number. */
  async comeBack(seq) {
    const startedAt = performance.now()
    await client.connect()
    while (room.position.seq < seq) await sleep(1)
    return performance.now() - startedAt
  },

  position: () => room.position?.seq ?? 0,
  close: () => client.disconnect(),
})
