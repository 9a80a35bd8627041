import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Limits } from '../shared/limits.js'
import { destroyAfter, ignoreError } from '../socketio/endSocket.js'

type Upgrade = [request: IncomingMessage, socket: Duplex, head: Buffer]
type UpgradeListener = (...upgrade: Upgrade) => void

/** Headers that ask for an upgrade, and not for an answer. */
const UPGRADE_HEADERS = /^(connection|upgrade|http2-settings)$/i

/** The part of an HTTP server that upgrades go through. */
interface UpgradeEmitter {
  emit(event: string, ...values: unknown[]): boolean
}

/**
 * Keeps the sockets that asked for an upgrade, all of which have left HTTP: no time limit of Node's
 * holds for them, and `closeAllConnections()` does not reach them.
 *
 * Those at the path of Socket.IO are for the engine alone, and all others for the app's own listeners:
 * two WebSocket servers that take the same socket throw, and nothing would catch it.
 *
 * @param path of Socket.IO; an upgrade elsewhere is cut if nothing answers it
 * @param attach attaches the engine
 * @returns those that are open
 */
export function watchUpgrades(
  app: FastifyInstance,
  path: string,
  limits: Limits,
  attach: () => void,
): ReadonlySet<Duplex> {
  const { server } = app
  const open = new Set<Duplex>()
  function forget(this: Duplex): void {
    open.delete(this)
  }
  const isOurs = ({ url }: IncomingMessage): boolean => url?.startsWith(`${path}/`) ?? false
  const isHeardByApp = (): boolean => server.listenerCount('upgrade') > own.length
  const keep: UpgradeListener = (request, socket) => {
    open.add(socket)
    socket.on('close', forget)
    socket.on('error', ignoreError) // until a WebSocket takes over
    if (isOurs(request)) return
    // The app's own listeners may ask somebody before they answer.
    const graceMs = isHeardByApp() ? limits.requestTimeoutMs : limits.refusalGraceMs
    const { bytesWritten } = request.socket // the answers of earlier requests
    destroyAfter(socket, graceMs, () => request.socket.bytesWritten > bytesWritten)
  }
  const foreign = server.listeners('upgrade')
  server.on('upgrade', keep)
  attach()
  const own = server
    .listeners('upgrade')
    .filter((listener) => !foreign.includes(listener)) as UpgradeListener[] // of this event

  const emitter = server as UpgradeEmitter
  const emit = emitter.emit.bind(server)
  emitter.emit = (event, ...values) => {
    if (event !== 'upgrade') return emit(event, ...values)
    const [request, socket, head] = values as Upgrade
    if (!isForWebSocket(request) && !isHeardByApp()) {
      answerWithoutUpgrade(emit, request, socket, head)
      return true
    }
    if (!isOurs(request)) return emit(event, ...values)
    for (const listener of own) listener.apply(server, values as Upgrade)
    return true
  }
  return open
}

function isForWebSocket({ headers: { upgrade = '' } }: IncomingMessage): boolean {
  return upgrade.toLowerCase().includes('websocket')
}

/**
 * Answers a request that offers another protocol, such as HTTP/2 of clients in Java, as if it did not: a
 * server may ignore the offer, and Node.js does so as long as nobody listens to upgrades.
 */
function answerWithoutUpgrade(
  emit: UpgradeEmitter['emit'],
  { method = 'GET', url = '/', httpVersion, rawHeaders }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2)
    if (!UPGRADE_HEADERS.test(name)) lines.push(`${name}: ${value}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  emit('encrypted' in socket ? 'secureConnection' : 'connection', socket)
}
