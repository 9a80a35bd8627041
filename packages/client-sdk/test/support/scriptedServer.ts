import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { YektaYarSocket } from '../../src/index.js'
import type { YektaYarSocketOptions } from '../../src/index.js'
import { welcome } from './welcome.js'

interface WireItem {
  readonly n: number
  readonly key?: string
  readonly name?: string
  readonly input?: unknown
  readonly skip?: true
}

/** One `outbox:deliver` as the server received it. */
export interface Packet {
  readonly outbox: string
  readonly items: readonly WireItem[]
  readonly previous?: string
}

/** Answers a packet, or withholds the answer by not calling `answer`. */
export type Script = (packet: Packet, answer: (delivered: object) => void) => void

/**
 * A fake server that handles outbox packets as the test scripts it, also in ways no real server
 * would.
 */
export async function scriptServer(script: Script, { echo }: { echo?: unknown } = {}) {
  const http = createServer()
  const io = new Server(http)
  const packets: Packet[] = []
  let current = script
  io.on('connection', (socket) => {
    socket.emit('connected', welcome)
    socket.on('ping', (ack: (answer: object) => void) => {
      ack({ ok: true, data: { timestamp: new Date().toISOString() } })
    })
    socket.on('echo', (_input: unknown, ack: (answer: unknown) => void) => {
      ack(echo)
    })
    socket.on('outbox:deliver', (packet: Packet, ack: (answer: object) => void) => {
      packets.push(packet)
      current(packet, (delivered) => {
        ack('code' in delivered ? { ok: false, error: delivered } : { ok: true, data: delivered })
      })
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const clients: YektaYarSocket[] = []
  const client = (options: YektaYarSocketOptions = {}) => {
    const created = new YektaYarSocket({
      url: `http://127.0.0.1:${String(port)}`,
      token: 'token',
      retryDelayMs: 10,
      transports: ['websocket'],
      ...options,
    })
    clients.push(created)
    return created
  }
  return {
    packets,
    client,
    /** Replaces the script. */
    play: (next: Script) => {
      current = next
    },
    /** Closes all connections below Socket.IO, as a network failure does. */
    cut: () => {
      for (const socket of io.sockets.sockets.values()) socket.conn.close()
    },
    async [Symbol.asyncDispose]() {
      for (const created of clients) await created.disconnect()
      await io.close()
    },
  }
}

/** Accepts every item and answers it with its number. */
export const deliverAll: Script = ({ items }, answer) => {
  answer({ answers: items.map(({ n }) => ({ n, ok: true, data: n })) })
}
