import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import { CommandError, toAnswerError } from '../commandError.js'

/** Answers bytes that Node takes for no HTTP request in the one shape of errors, and hangs up. */
export function sendClientError({ code }: ConnectionError, socket: Socket): void {
  if (code === 'ECONNRESET' || socket.destroyed) return
  if (socket.bytesRead === 0) {
    socket.destroy() // it asked for nothing, and there may be many of its kind at once
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

function describe(code: string): { status: string; error: CommandError } {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = 'The address and headers of the request are too large'
    return {
      status: '431 Request Header Fields Too Large',
      error: new CommandError('payload_too_large', message),
    }
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const error = new CommandError('invalid_input', 'The request did not arrive in time')
    return { status: '408 Request Timeout', error }
  }
  const error = new CommandError('invalid_input', 'This is not a valid HTTP request')
  return { status: '400 Bad Request', error }
}
