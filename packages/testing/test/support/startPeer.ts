import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** One end of a connection, with a record of its data and its end. */
export interface Watched {
  readonly socket: Socket
  /** The received chunks. */
  readonly chunks: Buffer[]
  text(): string
  /** Resolves with how the connection ended: an error code, or `end` for a FIN. */
  readonly over: Promise<string>
}

/** A TCP server on a free port that sends `<` on connect and exposes its connections. */
export async function startPeer() {
  const accepted: Watched[] = []
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(watch(socket))
    socket.write('<')
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo // it listens on a port
  return {
    target: `http://127.0.0.1:${String(port)}`,
    accepted,
    async [Symbol.asyncDispose]() {
      for (const { socket } of accepted) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}

/** Opens a TCP connection that closes at the end of the scope. */
export async function open(url: string) {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  const watched = watch(socket)
  await once(socket, 'connect')
  return { ...watched, [Symbol.dispose]: () => socket.destroy() }
}

/** Connects and resolves with the greeting, or with how the connection ended. */
export async function attempt(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const { socket, chunks, over } = watch(connect(Number(port), hostname))
  const greeting = await Promise.race([over, once(socket, 'data').then(() => chunks.join(''))])
  socket.destroy()
  return greeting
}

function watch(socket: Socket): Watched {
  const chunks: Buffer[] = []
  socket.setNoDelay()
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  const over = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message)
    })
    socket.on('end', () => {
      resolve('end')
    })
    socket.on('close', () => {
      resolve('close')
    })
  })
  return { socket, chunks, text: () => Buffer.concat(chunks).toString(), over }
}
