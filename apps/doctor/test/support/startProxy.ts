import { request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { startHttp } from './startHttp.js'

/** How a proxy misbehaves. */
export interface ProxyOptions {
  /**
   * How the proxy treats upgrades: passes them on, closes the connection, or forwards a plain
   * request without the `Upgrade` header.
   * @default 'pass'
   */
  upgrades?: 'pass' | 'cut' | 'plain'
  /** Handles a request instead of forwarding it; returns whether it did. @default never */
  intercept?: (incoming: IncomingMessage, response: ServerResponse) => boolean
  /** Milliseconds added to every timestamp in an answer. @default 0 */
  clockShiftMs?: number
}

/** A proxy in front of a server, on a free port. */
export function startProxy(target: string, options: ProxyOptions = {}) {
  const { upgrades = 'pass', intercept, clockShiftMs = 0 } = options
  return startHttp(
    (incoming, response) => {
      if (!intercept?.(incoming, response)) forward(target, incoming, response, clockShiftMs)
    },
    (server) => {
      if (upgrades === 'plain') return
      server.on('upgrade', (incoming: IncomingMessage, socket: Duplex) => {
        if (upgrades === 'cut') socket.destroy()
        else tunnel(target, incoming, socket)
      })
    },
  )
}

function forward(
  target: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  shiftMs: number,
): void {
  const { method, url } = incoming
  const headers = { ...incoming.headers }
  delete headers.connection
  delete headers.upgrade
  const outgoing = request(target + (url ?? ''), { method, headers, agent: false })
  outgoing.on('error', () => response.destroy())
  outgoing.on('response', (answer) => {
    const chunks: Buffer[] = []
    answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.on('end', () => {
      const date = new Date(Date.parse(answer.headers.date ?? '') + shiftMs).toUTCString()
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, date })
      response.end(shiftTimestamp(Buffer.concat(chunks).toString(), shiftMs))
    })
  })
  incoming.pipe(outgoing)
  response.on('close', () => outgoing.destroy())
}

/** Shifts the timestamp in a JSON text; its length stays the same. */
function shiftTimestamp(text: string, shiftMs: number): string {
  return text.replace(/"timestamp":"([^"]+)"/, (_all, time: string) => {
    return `"timestamp":"${new Date(Date.parse(time) + shiftMs).toISOString()}"`
  })
}

function tunnel(
  target: string,
  { method, url, rawHeaders }: IncomingMessage,
  socket: Duplex,
): void {
  const { hostname, port } = new URL(target)
  const upstream = connect(Number(port), hostname, () => {
    const lines = [`${method ?? ''} ${url ?? ''} HTTP/1.1`]
    for (let i = 0; i < rawHeaders.length; i += 2) {
      lines.push(`${rawHeaders[i] ?? ''}: ${rawHeaders[i + 1] ?? ''}`)
    }
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`)
    upstream.pipe(socket).pipe(upstream)
  })
  const end = (): void => {
    upstream.destroy()
    socket.destroy()
  }
  for (const one of [upstream, socket]) one.on('error', end).on('close', end)
}
