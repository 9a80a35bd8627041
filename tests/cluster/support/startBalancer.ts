import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** One address for several nodes, as of a load balancer: each connection goes to the next open one. */
export async function startBalancer(urls: readonly string[]) {
  const closing = new Set<string>()
  const sockets = new Set<Socket>()
  let next = 0
  const server = createServer((socket) => {
    const open = urls.filter((url) => !closing.has(url))
    const { port } = new URL(open[next++ % open.length] ?? '')
    const target = connect(Number(port), '127.0.0.1')
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    /** The nodes that get no new connections. */
    closing,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
