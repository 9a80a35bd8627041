import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { YektaYarSocket } from '../../src/index.js'
import type { YektaYarSocketOptions } from '../../src/index.js'

interface WireItem {
  readonly n: number
  readonly key?: string
  readonly name?: string
  readonly input?: unknown
  readonly skip?: true
}

/** One `outbox:deliver`, as it came in. */
export interface Packet {
  readonly outbox: string
  readonly items: readonly WireItem[]
  readonly previous?: string
}

/** Answers a packet; whoever does not call back withholds the answer. */
export type Script = (packet: Packet, answer: (delivered: object) => void) => void

/** A server that does with outboxes what a test wants, and what no real one would. */
export async function scriptServer(script: Script, { echo }: { echo?: unknown } = {}) {
  const http = createServer()
  const io = new Server(http)
  const packets: Packet[] = []
  let current = script
  io.on('connection', (socket) => {
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
    /** Goes on with another script. */
    play: (next: Script) => {
      current = next
    },
    /** Cuts all connections. */
    cut: () => {
      for (const socket of io.sockets.sockets.values()) socket.conn.close()
    },
    async [Symbol.asyncDispose]() {
      for (const created of clients) await created.disconnect()
      await io.close()
    },
  }
}

/** Delivers everything, and answers with the number. */
export const deliverAll: Script = ({ items }, answer) => {
  answer({ answers: items.map(({ n }) => ({ n, ok: true, data: n })) })
}
