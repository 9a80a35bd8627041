import { connect, createServer } from 'node:net'

/** The lowest port for a server, and how many there are: below those of outgoing connections. */
const PORTS = { first: 20_000, count: 10_000 }

const NOBODY = 65_534

/** Options by which a process that root starts runs as nobody. */
export const nobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

/** A port on which nothing listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => {
        resolve(false)
      })
      server.listen(port, '127.0.0.1', () => {
        server.close(() => {
          resolve(true)
        })
      })
    })
    if (isFree) return port
  }
}

/** Whether something listens on a port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}
