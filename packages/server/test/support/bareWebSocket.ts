import { createConnection } from 'node:net'
import type { Socket } from 'node:net'

/** A websocket client on a bare TCP socket, which never reads after its handshake. */
export async function connectWithoutReading(url: string, token: string) {
  const { hostname, port } = new URL(url)
  const peer = await openWebSocket(hostname, Number(port))
  peer.write(textFrame(`40${JSON.stringify({ token })}`))
  peer.pause()
  return peer
}

/** A bare socket, to a host and port or to a path, after the handshake of a WebSocket. */
export async function openWebSocket(host: string, port?: number, query = '') {
  const peer = createConnection(port === undefined ? { path: host } : { host, port })
  peer.on('error', () => undefined) // a reset is what is expected
  peer.write(
    [
      `GET /socket.io/?EIO=4&transport=websocket${query} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
      '',
    ].join('\r\n'),
  )
  await new Promise((resolve) => peer.once('data', resolve))
  return peer
}

/**
 * Reads what is left and resolves with how much it was in all. A reset throws away what the kernel
 * holds for a peer, so hardly more than was read before; any other close delivers it.
 */
export async function readToEnd(peer: Socket): Promise<number> {
  peer.resume()
  if (!peer.closed) await new Promise((resolve) => peer.once('close', resolve))
  return peer.bytesRead
}

/** A masked text frame; the mask is zero, so the text stays as it is. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
