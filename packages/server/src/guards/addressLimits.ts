import { countedAddress } from '../shared/clientAddress.js'
import type { ClientAddress } from '../shared/clientAddress.js'
import { CommandError } from '../shared/commandError.js'
import type { LimitName, Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { createRateLimit } from '../shared/rateLimit.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import { Slot } from '../socketio/slot.js'
import type { TransportWatcher } from '../socketio/transportEvents.js'
import { isHandshake, refuseHandshake } from './refuseHandshake.js'

/** `retryAfterMs` when it is unknown when a connection of the address will close. */
const FULL_RETRY_MS = 5_000

/** What `fenceAddresses()` needs. */
export interface AddressFenceDeps {
  io: RealtimeServer
  watch: (watcher: TransportWatcher) => void
  limits: Limits
  metrics: Metrics
  addressOf: ClientAddress
  logRefusal: RefusalLog
}

type Conn = Connection['conn']

interface Usage {
  readonly address: string
  open: number
  /** How many of the open ones are not admitted yet. */
  waiting: number
}

/** Answers 429 to handshakes of an address with too many handshakes or connections. */
export function fenceAddresses(deps: AddressFenceDeps): void {
  const { io, watch, limits, metrics, addressOf, logRefusal } = deps
  const usages = new Map<string, Usage>()
  const usageOf = new Slot<Usage>()
  const waiting = new Slot<boolean>()
  const rate = createRateLimit({
    burst: limits.handshakeBurstPerAddress,
    perSecond: limits.handshakesPerAddressPerSecond,
    maxKeys: limits.maxCounted,
  })

  function admit(conn: Conn): void {
    const usage = usageOf.get(conn)
    if (!usage || !waiting.get(conn)) return
    usage.waiting--
    waiting.set(conn, false)
  }
  watch({
    requested(request, response) {
      if (!isHandshake(io, request)) return false
      const address = addressOf(request)
      const network = countedAddress(address)
      const obstacle = obstacleTo(network)
      if (!obstacle) return false
      const { limit, retryAfterMs } = obstacle
      metrics.refused(limit)
      metrics.connectionRefused('rate_limited')
      logRefusal(`${limit} ${network}`, { address, limit }, 'handshake refused by a limit')
      const reason = new CommandError('rate_limited', 'Too many connections from this address', {
        hint: 'Behind a proxy, the server has to trust it: TRUST_PROXY',
        data: { retryAfterMs, limit },
      })
      refuseHandshake(request, response, reason, limits)
      return true
    },
    opened(conn) {
      const address = countedAddress(addressOf(conn.request))
      const usage = usages.get(address) ?? { address, open: 0, waiting: 0 }
      usages.set(address, usage)
      usage.open++
      usage.waiting++
      usageOf.set(conn, usage)
      waiting.set(conn, true)
    },
    closed(conn) {
      admit(conn)
      const usage = usageOf.get(conn)
      if (usage && --usage.open === 0) usages.delete(usage.address)
    },
    admitted: admit,
  })

  function obstacleTo(address: string): { limit: LimitName; retryAfterMs: number } | undefined {
    const { open = 0, waiting = 0 } = usages.get(address) ?? {}
    const full = (limit: LimitName) => ({ limit, retryAfterMs: FULL_RETRY_MS })
    if (open >= limits.connectionsPerAddress) return full('connectionsPerAddress')
    if (waiting >= limits.waitingPerAddress) return full('waitingPerAddress')
    const retryAfterMs = rate.take(address)
    return retryAfterMs > 0 ? { limit: 'handshakesPerAddressPerSecond', retryAfterMs } : undefined
  }
}
