import { connect } from 'node:net'
import type { Socket } from 'node:net'

const HANDSHAKE =
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n' +
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

/** TCP sockets to a server, all destroyed at the end of the scope. */
export function openSockets(url: string) {
  const { hostname, port } = new URL(url)
  const sockets: Socket[] = []
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(port), hostname)
    sockets.push(socket)
    socket.on('error', () => undefined) // the server is expected to close them
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
    return socket
  }
  return {
    open,
    /** A socket that reads nothing after its WebSocket handshake. */
    async openDeaf(): Promise<Socket> {
      const socket = await open()
      socket.write(HANDSHAKE)
      await new Promise((resolve) => socket.once('data', resolve).once('close', resolve))
      socket.pause()
      return socket
    },
    closedCount: () => sockets.filter(({ closed }) => closed).length,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A masked text frame. The mask is zero, so the text stays readable. */
export function textFrame(text: string): Buffer {
  return frame(0x81, Buffer.from(text))
}

/** A masked WebSocket frame with any first byte. */
export function frame(first: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt8(first, 0)
  head.writeUInt8(0x80 | 126, 1)
  head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}
