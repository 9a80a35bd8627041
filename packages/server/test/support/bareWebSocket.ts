import { createConnection } from 'node:net'
import type { Socket } from 'node:net'

/** A WebSocket client on a bare TCP socket that reads nothing after the handshake. */
export async function connectWithoutReading(url: string, token: string) {
  const { hostname, port } = new URL(url)
  const peer = await openWebSocket(hostname, Number(port))
  peer.write(textFrame(`40${JSON.stringify({ token })}`))
  peer.pause()
  return peer
}

/** A TCP socket after a WebSocket handshake, to a host and port or to a Unix socket path. */
export async function openWebSocket(host: string, port?: number, query = '') {
  const peer = createConnection(port === undefined ? { path: host } : { host, port })
  peer.on('error', () => undefined) // a reset is expected
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
 * Reads the rest and resolves with the total number of bytes read. After a reset, the kernel
 * discards what it still holds for the peer, so little more arrives. After any other close, all of
 * it arrives.
 */
export async function readToEnd(peer: Socket): Promise<number> {
  peer.resume()
  if (!peer.closed) await new Promise((resolve) => peer.once('close', resolve))
  return peer.bytesRead
}

/** A masked text frame. The mask is zero, so the text stays readable. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
