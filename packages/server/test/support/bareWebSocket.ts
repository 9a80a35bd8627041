import { createConnection } from 'node:net'

/** A websocket client on a bare TCP socket, which never reads after its handshake. */
export async function connectWithoutReading(url: string, token: string) {
  const { hostname, port } = new URL(url)
  const peer = await openWebSocket(hostname, Number(port))
  peer.write(textFrame(`40${JSON.stringify({ token })}`))
  peer.pause()
  return peer
}

/** A bare TCP socket after the handshake of a WebSocket. */
export async function openWebSocket(hostname: string, port: number) {
  const peer = createConnection({ host: hostname, port })
  peer.on('error', () => undefined) // a reset is what is expected
  peer.write(
    [
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1`,
      `Host: ${hostname}:${String(port)}`,
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

/** A masked text frame; the mask is zero, so the text stays as it is. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
