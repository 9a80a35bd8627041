import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Limits } from '../limits.js'
import type { Connection, RealtimeServer } from '../socket/connection.js'
import type { Metrics } from './metrics.js'

/** Node's timers may fire this much early by a finer clock. */
const TIMER_TOLERANCE_MS = 1

/** Counts the limits that Engine.IO and Socket.IO keep by themselves and tell nobody about. */
export function countEngineRefusals(io: RealtimeServer, limits: Limits, metrics: Metrics): void {
  io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (request.method === 'POST') {
      response.once('finish', () => {
        if (response.statusCode === 413) metrics.refused('maxPayloadBytes')
      })
    }
    next()
  })

  const admitted = new WeakSet<Connection['conn']>()
  io.on('connection', ({ conn }) => admitted.add(conn))
  io.engine.on('connection', (transport: Connection['conn']) => {
    const deadline = performance.now() + limits.admissionTimeoutMs - TIMER_TOLERANCE_MS
    transport.once('close', (reason: string) => {
      const isTooLate = reason === 'forced close' && performance.now() >= deadline
      if (isTooLate && !admitted.has(transport)) metrics.refused('admissionTimeoutMs')
    })
  })
}
