import { ServerResponse, STATUS_CODES } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Http2ServerResponse } from 'node:http2'
import { retryAfterOf, statusOf } from '../http/errors.js'
import { toAnswerError } from '../shared/commandError.js'
import type { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { RealtimeServer } from '../socketio/connection.js'
import { endSocket } from '../socketio/endSocket.js'
import { clientsOf, queryOf } from '../socketio/engineInternals.js'

/**
 * Tells a handshake from the later requests of a connection, in Engine.IO's own terms: by its parsed
 * query and its own connections. A session id that it does not know counts as a handshake, since
 * any text passes for one. Where Engine.IO does not say, no request does.
 */
export function isHandshake(io: RealtimeServer, request: IncomingMessage): boolean {
  const query = queryOf(request)
  const clients = clientsOf(io)
  if (!query || !clients) return false
  const { sid } = query
  return typeof sid !== 'string' || !Object.hasOwn(clients, sid)
}

/**
 * Refuses a handshake so that any client tries again later, in REST's shape of errors. Answers on
 * the bare socket of an upgrade as well, for which Engine.IO has no answer.
 */
export function refuseHandshake(
  request: IncomingMessage,
  response: ServerResponse,
  reason: CommandError,
  { refusalGraceMs }: Limits,
): void {
  const error = toAnswerError(reason)
  const status = statusOf(error.code)
  const body = JSON.stringify({ error })
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Retry-After': String(retryAfterOf(error) ?? 1),
  }
  const http1Headers = { ...headers, Connection: 'close' } // which HTTP/2 does not have
  const answer: unknown = response // of another class than its type in an app with the option http2
  if (answer instanceof Http2ServerResponse) {
    answer.writeHead(status, headers).end(body)
    return
  }
  // Only an upgrade has Engine.IO's stand-in; a mere `Upgrade` header does not make one.
  if (response instanceof ServerResponse) {
    response.writeHead(status, http1Headers).end(body)
    return
  }
  const lines = Object.entries(http1Headers).map(([name, value]) => `${name}: ${value}`)
  const statusLine = `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`
  endSocket(request.socket, [statusLine, ...lines, '', body].join('\r\n'), refusalGraceMs)
}
