import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import type { Socket } from 'socket.io'
import { YektaYarSocket } from '../../src/index.js'
import { welcome } from './welcome.js'

/** What a command is answered with, by its name. */
type Handlers = Record<string, (input: never, socket: Socket) => unknown>

/** A server that answers each command as a test says, and a client that is connected to it. */
export async function serveOnly(handlers: Handlers) {
  const http = createServer()
  const io = new Server(http)
  const calls: string[] = []
  io.on('connection', (socket) => {
    socket.emit('connected', welcome)
    socket.onAny((name: string, ...args: unknown[]) => {
      calls.push(name)
      const acknowledge = args.pop() as (answer: unknown) => void
      const handle = handlers[name]
      if (handle) acknowledge({ ok: true, data: handle(args[0] as never, socket) })
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const client = new YektaYarSocket({
    url: `http://127.0.0.1:${String(port)}`,
    token: 'token',
    retryDelayMs: 100,
    retryDelayMaxMs: 400,
    transports: ['websocket'],
  })
  await client.connect()
  return {
    client,
    emit: (name: string, payload: unknown) => io.emit(name, payload),
    count: (name: string) => calls.filter((call) => call === name).length,
    async [Symbol.asyncDispose]() {
      await client.disconnect()
      await io.close()
    },
  }
}
