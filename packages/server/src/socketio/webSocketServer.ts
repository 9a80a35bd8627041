import type { IncomingMessage } from 'node:http'
import { Writable } from 'node:stream'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { ServerOptions, WebSocket } from 'ws'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { timerMs } from '../shared/timerMs.js'
import { holdTcpForTurn } from './corkWrites.js'
import { ignoreError } from './endSocket.js'
import { closeTimeoutOption, receiverOf } from './engineInternals.js'

/** The error code of `ws` for a message that is too large. */
const TOO_LARGE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'

/**
 * The class of WebSocket server for Engine.IO. It has a shorter timeout for peers that do not
 * close, and counts messages that are too large, whose error Engine.IO does not report.
 */
export function webSocketServer(
  { closeGraceMs }: Limits,
  { refused }: Metrics,
): new (options: ServerOptions) => WebSocketServer {
  function onError({ code }: NodeJS.ErrnoException): void {
    if (code === TOO_LARGE) refused('maxPayloadBytes')
  }
  return class extends WebSocketServer {
    constructor(options: ServerOptions) {
      super({ ...options, ...closeTimeoutOption(timerMs(closeGraceMs)) })
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      callback: (client: WebSocket, request: IncomingMessage) => void,
    ): void {
      socket.off('error', ignoreError) // `ws` has its own
      holdTcpForTurn(socket) // one write for the upgrade's answer and Engine.IO's first packet
      super.handleUpgrade(request, socket, head, (client, upgraded) => {
        client.on('error', onError)
        endOnce(client)
        callback(client, upgraded)
      })
    }
  }
}

/** Ends a receiver only once. `ws` ends it twice, for which Node creates a costly unused error. */
function endOnce(client: WebSocket): void {
  const receiver = receiverOf(client)
  if (receiver) Object.assign(receiver, { end: endUnlessEnded })
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- always called on a receiver
const endWritable: (this: Writable) => void = Writable.prototype.end

function endUnlessEnded(this: Writable): void {
  if (!this.writableEnded) endWritable.call(this)
}
