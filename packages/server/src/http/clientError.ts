import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyInstance } from 'fastify'
import { CommandError, toAnswerError } from '../shared/commandError.js'

/** Node's code for a request that its peer did not finish. */
const TRUNCATED = 'HPE_INVALID_EOF_STATE'

/** Answers bytes that are not a valid HTTP request with an error in REST's shape, and closes. */
export function sendClientError({ code }: ConnectionError, socket: Socket): void {
  if (code === 'ECONNRESET' || socket.destroyed) return
  // A peer that sent nothing expects no answer, and there may be many such peers at once. A request
  // that was cut off on its way gets no answer either, so that its sender tries again.
  if (socket.bytesRead === 0 || code === TRUNCATED) {
    socket.destroy()
    return
  }
  const { status, error } = describe(code)
  const body = JSON.stringify({ error: toAnswerError(error) })
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
        `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
    )
  }
  socket.destroy()
}

/**
 * Does the same on the second address of `localhost`, which Fastify serves by another HTTP server
 * without a `clientErrorHandler`.
 */
export function answerOnSecondAddress(app: FastifyInstance): void {
  app.addHook('onListen', (done) => {
    for (const server of bindingsOf(app)) server.on('clientError', sendClientError)
    done()
  })
}

/** The HTTP servers in addition to `app.server`; empty if a later Fastify keeps them elsewhere. */
function bindingsOf(app: FastifyInstance): readonly Server[] {
  const key = Object.getOwnPropertySymbols(app).find(
    ({ description }) => description === 'fastify.serverBindings',
  )
  const bindings = (app as unknown as Record<symbol, readonly Server[] | undefined>)[
    key ?? Symbol()
  ]
  return bindings ?? []
}

/** These say nothing of what was asked: a proxy may have garbled it, or added headers. So it may be sent again. */
function describe(code: string): { status: string; error: CommandError } {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = 'The address and headers of the request are too large'
    return {
      status: '431 Request Header Fields Too Large',
      error: new CommandError('payload_too_large', message, { retryable: true }),
    }
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const error = new CommandError('handler_timeout', 'The request did not arrive in time', {
      hint: 'Try again: nothing was done',
    })
    return { status: '408 Request Timeout', error }
  }
  const message = 'This is not a valid HTTP request'
  const error = new CommandError('invalid_input', message, { retryable: true })
  return { status: '400 Bad Request', error }
}
