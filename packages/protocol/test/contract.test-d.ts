import type { Socket } from 'socket.io-client'
import { z } from 'zod'
import { command, coreContract, extendContract } from '../src/index.js'
import type {
  ClientToServerEvents,
  CommandInput,
  CommandName,
  CommandOutput,
  EventPayload,
  ServerToClientEvents,
} from '../src/index.js'

declare const socket: Socket<ServerToClientEvents, ClientToServerEvents>

// A plain Socket.IO client, typed by the core contract.
socket.emit('ping')
socket.emit('ping', (answer) => answer.ok && answer.data.timestamp.toUpperCase())
socket.emit('echo', 'text')
socket.emit('echo', { message: 'Hello!', data: [1, 2, 3] }, (answer) => answer.ok && answer.data)
socket.timeout(100).emit('ping', (_error, answer) => answer.ok && answer.data.timestamp)
socket.on('pong', (data) => data.timestamp.toUpperCase())
socket.on('status_response', ({ connection }) => connection.rooms.length)
socket.on('connected', ({ isLoggedIn }) => !isLoggedIn)
socket.on('command:failed', ({ error }) => error.code === 'unknown_command')
socket.on('connect_error', (error) => error.message)

// @ts-expect-error -- an unknown command
socket.emit('pingg')
// @ts-expect-error -- ping takes no payload
socket.emit('ping', 1)
// @ts-expect-error -- a Map does not survive JSON
socket.emit('echo', new Map())
// @ts-expect-error -- a wrong reply: pong carries no such field
socket.on('pong', (data: { time: string }) => data.time)
// @ts-expect-error -- an unknown event
socket.on('ponged', () => undefined)
// @ts-expect-error -- a command is not an event
socket.on('ping', () => undefined)
// @ts-expect-error -- the answer of ping has no such field
socket.emit('ping', (answer) => answer.ok && String(answer.data.time))
// @ts-expect-error -- an answer is narrowed by `ok` before it has data
socket.emit('ping', (answer) => String(answer.data))

export const extended = extendContract(coreContract, {
  commands: {
    'chat:poke': command({
      input: z.object({ times: z.string().transform(Number) }),
      output: z.string(),
      reply: 'chat:poked',
    }),
    'chat:list': command({ input: z.string().optional(), output: z.array(z.string()) }),
  },
  events: { 'chat:nudge': z.object({ by: z.string() }) },
})
type Extended = typeof extended
declare const chat: Socket<ServerToClientEvents<Extended>, ClientToServerEvents<Extended>>

// The same with a contract that an app has extended.
chat.emit('ping')
chat.emit('chat:poke', { times: '3' }, (answer) => answer.ok && answer.data.toUpperCase())
chat.emit('chat:list')
chat.emit('chat:list', 'a')
chat.emit('chat:list', (answer) => answer.ok && answer.data.length)
chat.on('chat:poked', (data) => data.toUpperCase())
chat.on('chat:nudge', ({ by }) => by.toUpperCase())
// @ts-expect-error -- the input is what goes in, before the schema transforms it
chat.emit('chat:poke', { times: 3 })
// @ts-expect-error -- a required payload is missing
chat.emit('chat:poke')
// @ts-expect-error -- chat:list names no reply event
chat.on('chat:listed', () => undefined)

export const names: CommandName<Extended>[] = ['ping', 'chat:poke', 'chat:list']
export const input: CommandInput<'chat:poke', Extended> = { times: '1' }
export const output: CommandOutput<'ping'> = { timestamp: '2026-01-01T00:00:00.000Z' }
export const payload: EventPayload<'connected'> = { message: '', socketId: '', isLoggedIn: false }
// @ts-expect-error -- a command's definition must have an output
command({ input: z.string() })
