import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { memoryStorage, YektaYarSocket } from '@yektayar/client'

const ROOM = 'public:lobby'
const TEXT = 'forty-eight bytes of a message that somebody has'
const MESSAGES = 20

/**
 * What a chat message of 48 bytes costs at its sender: the payload of the WebSocket's frames, in one
 * direction, for `room.send({ text })` in a room with one other member.
 *
 * @param direction `up` or `down`
 */
export function wireBytes(direction, target) {
  return {
    name: `a message of 48 bytes at its sender, ${direction}`,
    unit: 'bytes',
    target,
    isAlone: true,
    rounds: 5,
    async measure({ url }) {
      const [sender, other] = [await enter(url), await enter(url)]
      try {
        const bytes = count(sender.client.socket.io.engine)
        for (let sent = 0; sent < MESSAGES; sent++) await sender.room.send({ text: TEXT })
        return bytes[direction] / MESSAGES
      } finally {
        for (const { client } of [sender, other]) await client.disconnect()
      }
    },
  }
}

async function enter(url) {
  const client = new YektaYarSocket({ url, storage: memoryStorage() })
  await client.connect()
  const room = client.room(ROOM)
  await room.join()
  await room.send({ text: 'here' })
  await once(client.socket.io.engine, 'packet') // what belongs to the start has been sent
  return { client, room }
}

/** Counts the messages of Engine.IO, each of which is a frame, without heartbeats. */
function count(engine) {
  const bytes = { up: 0, down: 0 }
  const add = (direction) => (packet) => {
    if (packet.type === 'message') bytes[direction] += 1 + Buffer.byteLength(packet.data)
  }
  engine.on('packetCreate', add('up'))
  engine.on('packet', add('down'))
  return bytes
}
