import { request } from 'node:http'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { within } from './within.js'

/** A request, sent exactly as given. A body gets a Content-Length. */
export interface HttpRequest {
  method?: string
  path: string
  headers?: OutgoingHttpHeaders
  body?: string | Uint8Array
}

/** The response to a request. */
export interface HttpResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Sends one HTTP request without the normalization that `fetch` does. */
export function sendHttp(url: string, { method = 'GET', path, headers = {}, body }: HttpRequest) {
  const { hostname, port } = new URL(url)
  const isMeasured = body !== undefined && headers['Transfer-Encoding'] === undefined
  const length = isMeasured ? { 'Content-Length': Buffer.byteLength(body) } : {}
  const answered = new Promise<HttpResponse>((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method, path, headers: { ...length, ...headers }, agent: false },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          const { statusCode = 0, headers: received } = incoming
          resolve({ status: statusCode, headers: received, text: Buffer.concat(chunks).toString() })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
  return within(answered, `${method} ${path.slice(0, 80)}`)
}

/** Writes bytes to the server's port, and resolves with everything received until it closes. */
export function sendBytes(url: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url)
  const said = new Promise<string>((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => undefined) // a reset counts as a close
    socket.on('close', () => {
      resolve(Buffer.concat(chunks).toString())
    })
  })
  return within(said, 'the close of a connection')
}
