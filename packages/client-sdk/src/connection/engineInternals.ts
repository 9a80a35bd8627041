import type { Manager, Socket } from 'socket.io-client'
import { reportListenerError } from '../shared/emitter.js'
import { facility } from '../shared/platform.js'

type Engine = Manager['engine']

/** What Engine.IO and Socket.IO do not have in their types; each version of 4 has it. */
interface EngineInsides {
  upgrading: boolean
  _probe(transport: 'websocket'): void
  readonly transport: {
    readonly name: string
    readonly ws?: object | null
    readonly pollXhr?: { readonly _xhr?: unknown } | null
  }
}

interface SocketInsides {
  readonly ids: number
  readonly acks: Record<number, unknown>
  emitEvent(packet: unknown[]): void
}

interface ManagerInsides {
  engine: Engine
  cleanup(): void
  onopen(): void
  emitReserved(name: 'packet', packet: object): void
}

/** Whether an engine has begun to go on over another transport, and has not finished. */
export function isChangingTransport(engine: Engine): boolean {
  return insidesOf(engine).upgrading
}

/** Lets an open engine go on over a WebSocket, if it answers. */
export function changeToWebSocket(engine: Engine): void {
  if (engine.readyState === 'open' && engine.transport.name === 'polling') {
    insidesOf(engine)._probe('websocket')
  }
}

/** Whether the constructor of an engine's WebSocket threw, which Engine.IO does not notice. */
export function hasNoWebSocket(engine: Engine): boolean {
  const { name, ws } = insidesOf(engine).transport
  return name === 'websocket' && !ws
}

/** Closes an engine at once. Its own `close()` would wait for its writes, its upgrade and its request. */
export function abandon(engine: Engine): void {
  const insides = insidesOf(engine)
  engine.writeBuffer.length = 0
  insides.upgrading = false
  // While an engine opens, `close()` would wait for the answer to this request.
  const xhr = engine.readyState === 'opening' ? insides.transport.pollXhr?._xhr : undefined
  // Socket.IO's own XMLHttpRequest for Node would end the process if it was aborted.
  facility(() => {
    if (xhr instanceof XMLHttpRequest) xhr.abort()
  })
  engine.close()
}

/**
 * Puts a socket onto a connection that another manager has made: its own manager takes the engine
 * over, and the packet by which the server has admitted it tells the socket that it is connected.
 */
export function adoptConnection(socket: Socket, from: Manager, admission: object): void {
  const manager = socket.io as unknown as ManagerInsides
  const source = from as unknown as ManagerInsides
  source.cleanup()
  from.on('packet', (packet) => {
    manager.emitReserved('packet', packet) // read already, and on its way
  })
  manager.engine = source.engine
  manager.onopen()
  socket.connect()
  manager.emitReserved('packet', admission)
}

/** The number of the next packet with an answer that a socket sends. */
export function nextPacketId(socket: Socket): number {
  return (socket as unknown as SocketInsides).ids
}

/** Removes the callback for an answer, which Socket.IO would keep until the connection ends. */
export function forgetAnswer(socket: Socket, packetId: number): void {
  Reflect.deleteProperty((socket as unknown as SocketInsides).acks, packetId)
}

/** Calls all listeners of a socket for an event, as if a packet with it had arrived. */
export function receiveEvent(socket: Socket, name: string, payload: unknown): void {
  try {
    ;(socket as unknown as SocketInsides).emitEvent([name, payload])
  } catch (error) {
    reportListenerError(error) // of an app's own listener on the socket
  }
}

/** Tells an app's own listeners on a socket that it could not connect, as Socket.IO does. */
export function announceFailure(socket: Socket, error: Error): void {
  const insides = socket as unknown as { emitReserved(name: 'connect_error', error: unknown): void }
  insides.emitReserved('connect_error', error.cause ?? error)
}

function insidesOf(engine: Engine): EngineInsides {
  return engine as unknown as EngineInsides
}
