// A TCP proxy that puts a server far away: whatever it passes on takes the same time in each direction.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers'

/**
 * @param target the address of the server
 * @param oneWayMs how long each byte takes
 * @returns its address, what went through it, and its end
 */
export async function distantServer(target, oneWayMs) {
  const { hostname, port } = new URL(target)
  const sockets = new Set()
  const counts = { connections: 0 }
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname)
    // The kernel has accepted at once. Far away, the handshake is a round trip before the first byte.
    const establishedAt = performance.now() + 2 * oneWayMs
    counts.connections++
    pass(client, server, oneWayMs, establishedAt)
    pass(server, client, oneWayMs, 0)
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.setNoDelay()
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    counts,
    close() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
    },
  }
}

function pass(from, to, oneWayMs, establishedAt) {
  const later = (work) => {
    const sentAt = Math.max(performance.now(), establishedAt)
    setTimeout(work, sentAt + oneWayMs - performance.now())
  }
  from.on('data', (bytes) => later(() => to.write(bytes)))
  from.on('end', () => later(() => to.end()))
  from.on('close', () => later(() => to.destroy()))
}
