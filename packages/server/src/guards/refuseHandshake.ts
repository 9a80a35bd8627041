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
 * Whether a request is a handshake and not a later request of a connection. Uses Engine.IO's own
 * parsed query and list of connections. An unknown session id makes a handshake, since a client
 * can send any text as `sid`. Without Engine.IO's data, no request counts as a handshake.
 */
export function isHandshake(io: RealtimeServer, request: IncomingMessage): boolean {
  const query = queryOf(request)
  const clients = clientsOf(io)
  if (!query || !clients) return false
  const { sid } = query
  return typeof sid !== 'string' || !Object.hasOwn(clients, sid)
}

/**
 * Refuses a handshake with `Retry-After`, so that clients try again later. The body has the shape of
 * REST errors. Also answers on the bare socket of an upgrade, where Engine.IO would not answer.
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
  const http1Headers = { ...headers, Connection: 'close' } // a header that HTTP/2 forbids
  const answer: unknown = response // another class in an app with `http2`
  if (answer instanceof Http2ServerResponse) {
    answer.writeHead(status, headers).end(body)
    return
  }
  // Only a real upgrade gets Engine.IO's substitute for a response; an `Upgrade` header does not.
  if (response instanceof ServerResponse) {
    response.writeHead(status, http1Headers).end(body)
    return
  }
  const lines = Object.entries(http1Headers).map(([name, value]) => `${name}: ${value}`)
  const statusLine = `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`
  endSocket(request.socket, [statusLine, ...lines, '', body].join('\r\n'), refusalGraceMs)
}
