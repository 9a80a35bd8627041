import type { Socket } from 'socket.io-client'
import { z } from 'zod'
import { command, coreContract, extendContract } from '../src/index.js'
import type {
  ClientToServerEvents,
  CommandInput,
  CommandOutput,
  EventPayload,
  ServerToClientEvents,
} from '../src/index.js'

declare const socket: Socket<ServerToClientEvents, ClientToServerEvents>
socket.emit('ping')
socket.emit('ping', (a) => { if (a.ok) a.data.timestamp.slice() ; else a.error.code })
socket.emit('echo', 'x')
socket.emit('echo', { message: 'Hello!', data: [1, 2, 3] }, (a) => { if (a.ok) a.data.received })
socket.on('pong', (d) => d.timestamp)
socket.on('connect_error', (e) => e.message)
socket.timeout(100).emit('ping', (err, a) => { if (a.ok) a.data.timestamp; err })
// @ts-expect-error unknown
socket.emit('pingg')
// @ts-expect-error payload
socket.emit('ping', 1)
// @ts-expect-error fn
socket.emit('echo', new Map())
const app = extendContract(coreContract, { commands: { 'chat:poke': command({ input: z.object({ a: z.number() }), output: z.string(), reply: 'chat:poked' }) , opt: command({input: z.string().optional(), output: z.unknown() })}, events: { 'chat:nudge': z.object({ by: z.string() }) } })
declare const s2: Socket<ServerToClientEvents<typeof app>, ClientToServerEvents<typeof app>>
s2.emit('chat:poke', { a: 1 }, (x) => { if (x.ok) x.data.slice() })
s2.emit('opt')
s2.emit('opt', 'a')
s2.emit('opt', (x) => { x.ok })
s2.on('chat:poked', (x) => x.slice())
s2.on('chat:nudge', (x) => x.by)
const i: CommandInput<'chat:poke', typeof app> = { a: 1 }
const o: CommandOutput<'ping'> = { timestamp: '' }
const e: EventPayload<'connected'> = { message: '', socketId: '', isLoggedIn: false }
void [i, o, e]
s2.emit('ping')
const r = await socket.emitWithAck('ping')
