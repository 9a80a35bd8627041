import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** Handles a connection whose first bytes ask for a WebSocket; `pass` forwards it to the server. */
export type Treatment = (client: Socket, pass: () => Socket) => void

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** A proxy that forwards everything except WebSocket upgrades, which `treat` handles. */
export async function startGateway(target: string, treat: Treatment) {
  const sockets = new Set<Socket>()
  let upgrades = 0
  const listener = createServer((client) => {
    sockets.add(client)
    client.on('error', () => undefined)
    client.once('data', (head: Buffer) => {
      const pass = (): Socket => {
        const server = connect(Number(new URL(target).port), '127.0.0.1')
        sockets.add(server)
        server.on('error', () => client.destroy())
        server.write(head)
        client.pipe(server).pipe(client)
        return server
      }
      if (!/upgrade: websocket/i.test(head.toString())) {
        pass()
        return
      }
      upgrades++
      const key = /sec-websocket-key: (\S+)/i.exec(head.toString())?.[1] ?? ''
      keys.set(client, key)
      treat(client, pass)
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${String(port)}`,
    /** How many WebSocket upgrades were requested. */
    get upgrades() {
      return upgrades
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}

const keys = new WeakMap<Socket, string>()

/** Answers an upgrade request as a WebSocket server that accepts it. */
export function agree(client: Socket): void {
  const accept = createHash('sha1')
    .update((keys.get(client) ?? '') + GUID)
    .digest('base64')
  client.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
}
