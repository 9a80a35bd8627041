import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { toAnswerError } from '../commandError.js'
import type { CommandError } from '../commandError.js'
import { retryAfterOf, statusOf } from '../http/errors.js'

/** Tells a handshake from the later requests of a transport. */
export function isHandshake({ url = '' }: IncomingMessage): boolean {
  return !/[?&]sid=/.test(url)
}

/**
 * Refuses a handshake so that any client tries again later, in REST's shape of errors. Answers on
 * the bare socket of an upgrade as well, for which Engine.IO has no answer.
 */
export function refuseHandshake(
  request: IncomingMessage,
  response: ServerResponse,
  reason: CommandError,
): void {
  const error = toAnswerError(reason)
  const status = statusOf(error.code)
  const body = JSON.stringify({ error })
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Retry-After': String(retryAfterOf(error) ?? 1),
    Connection: 'close',
  }
  if (request.headers.upgrade === undefined) {
    response.writeHead(status, headers).end(body)
    return
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const statusLine = `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`
  request.socket.end([statusLine, ...lines, '', body].join('\r\n'))
}
