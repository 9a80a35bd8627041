import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pass } from 'node:timers/promises'
import { isHandshake, refuseHandshake } from '../guards/refuseHandshake.js'
import { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { Standstill } from '../shared/standstill.js'
import type { RealtimeServer } from '../socketio/connection.js'
import { queryOf } from '../socketio/engineInternals.js'

/** A connection by polling has two requests at a time: one that waits for packets, one that brings some. */
const MAX_HELD = 2

/** How long to wait after sessions could not be read. */
const RETRY_MS = 250

/** What `holdPolls()` needs. */
export interface HoldPollsDeps {
  standstill: Pick<Standstill, 'isStale' | 'whenFresh'>
  limits: Limits
}

/**
 * Holds the requests of polling while sessions may be out of date. An answer could contain what was
 * buffered for a session that has ended since.
 */
export function holdPolls(io: RealtimeServer, { standstill, limits }: HoldPollsDeps): void {
  const held = new Map<string, number>()
  io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const sid = String(queryOf(request)?.sid)
    const count = held.get(sid) ?? 0
    if (!standstill.isStale() || isHandshake(io, request)) next()
    else if (count >= MAX_HELD) refuseHandshake(request, response, notNow(limits), limits)
    else {
      held.set(sid, count + 1)
      void whenServable(io, request, standstill).then(() => {
        const left = (held.get(sid) ?? 1) - 1
        if (left > 0) held.set(sid, left)
        else held.delete(sid)
        if (!response.destroyed) next() // an answer that nobody waits for would be lost
      })
    }
  })
}

/** Resolves once sessions were read again, or the connection of the request is closed. */
async function whenServable(
  io: RealtimeServer,
  request: IncomingMessage,
  standstill: HoldPollsDeps['standstill'],
): Promise<void> {
  while (standstill.isStale() && !isHandshake(io, request)) {
    await standstill.whenFresh().catch(() => pass(RETRY_MS))
  }
}

function notNow({ drainRetryAfterMs }: Limits): CommandError {
  return new CommandError('store_unavailable', 'Sessions are being read again', {
    data: { retryAfterMs: drainRetryAfterMs },
  })
}
