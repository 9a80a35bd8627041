import { join } from 'node:path'
import { io as currentIo } from 'socket.io-client'
import { io as firstIo } from 'socket.io-client-4.0'
import { readSnippets } from './snippets.js'

/** Where the guide's code looks for the server. */
export const GUIDE_URL = 'http://localhost:3000'

/** The user's guide, word for word. */
export const guide = readSnippets(join(import.meta.dirname, 'SOCKETIO-GUIDE.md'))

export type Io = typeof currentIo

/** The clients that the guide's code must work with. */
export const clients: [version: string, io: Io][] = [
  ['socket.io-client, current', currentIo],
  ['socket.io-client 4.0', firstIo],
]

/** An `io` that also remembers its sockets, to be closed after the test. */
export function rememberSockets(io: Io) {
  const sockets: ReturnType<Io>[] = []
  const remember = (url: string, options: Parameters<Io>[1]) => {
    const socket = io(url, { ...options, forceNew: true })
    sockets.push(socket)
    return socket
  }
  return {
    io: remember,
    sockets,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.disconnect()
    },
  }
}
