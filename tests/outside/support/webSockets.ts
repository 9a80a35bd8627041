import { request } from 'node:http'

/** Headers of a request for a WebSocket. */
export const upgradeHeaders = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** The first bytes that the app's own WebSocket route sends to a client. */
export function firstFrame(url: string, path: string): Promise<string> {
  return new Promise((resolve) => {
    const asking = request(url + path, { headers: upgradeHeaders })
    asking.once('upgrade', (_response, socket, head) => {
      const onData = (data: Buffer): void => {
        socket.destroy()
        resolve(data.toString('latin1'))
      }
      if (head.length > 0) onData(head)
      else socket.once('data', onData)
    })
    asking.end()
  })
}
