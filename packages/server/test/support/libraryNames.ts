import type { LibraryName } from './renamedName.js'

const transports = /engine\.io\/build\/transports\/\w+\.js$/
const websocket = /engine\.io\/build\/transports\/websocket\.js$/
const polling = /engine\.io\/build\/transports\/polling\.js$/
const transport = /engine\.io\/build\/transport\.js$/
const socket = /engine\.io\/build\/socket\.js$/
const server = /engine\.io\/build\/server\.js$/
const engine = /engine\.io\/build\//
const socketIo = /socket\.io\/dist\//
const adapter = /socket\.io-adapter\/dist\//
const ws = /ws\/lib\//

/** Every private library name that the server uses, and where the libraries define it. */
export const libraryNames: readonly LibraryName[] = [
  name('ws webSocket._socket', [ws, /\b_socket\b/g], [socket, /\b_socket\b/g]),
  name('ws webSocket._receiver', [ws, /\b_receiver\b/g]),
  name('ws option closeTimeout', [ws, /\bcloseTimeout\b/g]),
  name('engine.io transport.socket', [websocket, /(?<=this\.)socket\b/g]),
  name(
    'engine.io transport.writable',
    [transport, /(?<=this\.)writable\b/g],
    [transports, /(?<=this\.)writable\b/g],
    [socket, /(?<=transport\.)writable\b/g],
    [socketIo, /(?<=transport\.)writable\b/g],
  ),
  name(
    'engine.io transport.send',
    [transports, /(?<=this\.)send(?=\()|(?<=^ {4})send(?=\(packets)/gm],
    [socket, /(?<=transport\.)send(?=\()/g],
  ),
  name(
    'engine.io transport event ready',
    [transports, /(?<=")ready(?=")/g],
    [socket, /(?<=transport\.(?:on|removeListener)\(")ready/g],
  ),
  name(
    'engine.io transport event drain',
    [transports, /(?<=emit\(")drain/g],
    [socket, /(?<=transport\.(?:on|removeListener)\(")drain/g],
  ),
  name(
    'engine.io transport event close',
    [transport, /(?<=emit\(")close/g],
    [socket, /(?<=transport\.(?:once|removeListener)\(")close/g],
  ),
  name('engine.io transport.res', [polling, /(?<=this\.)res\b/g]),
  name('engine.io transport.closeTimeout', [polling, /(?<=this\.)closeTimeout\b/g]),
  name('engine.io socket.writeBuffer', [socket, /(?<=this\.)writeBuffer\b/g]),
  name('engine.io socket.pingTimeoutTimer', [socket, /(?<=this\.)pingTimeoutTimer\b/g]),
  name('engine.io server.clients', [server, /(?<=this\.)clients\b/g]),
  name('engine.io request._query', [engine, /\b_query\b/g], [socketIo, /\b_query\b/g]),
  name('engine.io response.req', [server, /(?<=this\.)req\b/g]),
  name('socket.io client.decoder', [socketIo, /(?<=this\.)decoder\b/g]),
  name(
    'socket.io socket.notifyOutgoingListeners',
    [socketIo, /\bnotifyOutgoingListeners\b/g],
    [adapter, /\bnotifyOutgoingListeners\b/g],
  ),
  name('socket.io socket.dispatch', [
    socketIo,
    /(?<=this\.)dispatch\b|(?<=^ {4})dispatch(?=\(event\) \{)/gm,
  ]),
  name('socket.io socket.ack', [
    socketIo,
    /(?<=this\.)ack(?=\(packet)|(?<=^ {4})ack(?=\(id\) \{)/gm,
  ]),
  name('socket.io socket.fns', [socketIo, /(?<=this\.)fns\b/g]),
  name(
    'socket.io-adapter options.wsPreEncodedFrame',
    [adapter, /\bwsPreEncodedFrame\b/g],
    [websocket, /\bwsPreEncodedFrame\b/g],
  ),
]

function name(label: string, ...places: LibraryName['places']): LibraryName {
  return { label, places }
}
