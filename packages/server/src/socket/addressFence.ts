import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import type { ClientAddress } from '../clientAddress.js'
import { CommandError, toAnswerError } from '../commandError.js'
import type { Limits } from '../limits.js'
import { createRateLimit } from '../rateLimit.js'
import type { Connection, RealtimeServer } from './connection.js'

/** When to come back where there is no telling when a place gets free. */
const FULL_RETRY_MS = 5_000

/** What the fence needs. */
export interface AddressFenceOptions {
  limits: Limits
  addressOf: ClientAddress
  log: FastifyBaseLogger
}

interface Usage {
  open: number
  /** Those of them that were not admitted yet. */
  waiting: number
}

/** Answers 429 to handshakes of an address that makes too many, or has too many connections. */
export function fenceAddresses(io: RealtimeServer, options: AddressFenceOptions): void {
  const { limits, addressOf, log } = options
  const usages = new Map<string, Usage>()
  const admissions = new WeakMap<Connection['conn'], () => void>()
  const rate = createRateLimit({
    burst: limits.handshakeBurstPerAddress,
    perSecond: limits.handshakesPerAddressPerSecond,
    maxKeys: limits.maxCounted,
  })

  io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const address = addressOf(request)
    const retryAfterMs = isHandshake(request) ? waitOf(address) : 0
    if (retryAfterMs === 0) {
      next()
      return
    }
    log.info({ address }, 'handshake refused by a limit')
    refuse(request, response, retryAfterMs)
  })

  io.engine.on('connection', (transport: Connection['conn']) => {
    const address = addressOf(transport.request)
    const usage = usages.get(address) ?? { open: 0, waiting: 0 }
    usages.set(address, usage)
    usage.open++
    usage.waiting++
    let isWaiting = true
    const admit = (): void => {
      if (isWaiting) usage.waiting--
      isWaiting = false
    }
    admissions.set(transport, admit)
    transport.once('close', () => {
      admit()
      usage.open--
      if (usage.open === 0) usages.delete(address)
    })
  })
  io.on('connection', ({ conn }) => admissions.get(conn)?.())

  function waitOf(address: string): number {
    const { open = 0, waiting = 0 } = usages.get(address) ?? {}
    const isFull = open >= limits.connectionsPerAddress || waiting >= limits.waitingPerAddress
    return isFull ? FULL_RETRY_MS : rate.take(address)
  }
}

function isHandshake({ url = '' }: IncomingMessage): boolean {
  return !/[?&]sid=/.test(url)
}

/** Answers on the bare socket of an upgrade as well, for which Engine.IO has no answer. */
function refuse(request: IncomingMessage, response: ServerResponse, retryAfterMs: number): void {
  const error = toAnswerError(
    new CommandError('rate_limited', 'Too many connections from this address', {
      hint: 'Behind a proxy, the server has to trust it: TRUST_PROXY',
      data: { retryAfterMs },
    }),
  )
  const body = JSON.stringify({ error })
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Retry-After': String(Math.ceil(retryAfterMs / 1_000)),
    Connection: 'close',
  }
  if (request.headers.upgrade === undefined) {
    response.writeHead(429, headers).end(body)
    return
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  request.socket.end(['HTTP/1.1 429 Too Many Requests', ...lines, '', body].join('\r\n'))
}
