import { measureJson } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { Decoder, Encoder, PacketType } from 'socket.io-parser'
import type { LimitName, Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { TokenBucket } from '../shared/rateLimit.js'
import type { Connection } from '../socketio/connection.js'
import { decoderOf } from '../socketio/engineInternals.js'

const CONNECT = String(PacketType.CONNECT)
const binaryTypes = [String(PacketType.BINARY_EVENT), String(PacketType.BINARY_ACK)]

/** The start of a Unicode escape in JSON. */
const UNICODE_ESCAPE = String.raw`\u`

/** An input is nested inside of the packet's array of name and payload. */
const PACKET_DEPTH = 1

/** What a parser needs besides Socket.IO's own. */
export interface GuardedParserDeps {
  limits: Limits
  metrics: Metrics
  log: FastifyBaseLogger
}

/** The pair of classes that Socket.IO takes as its `parser`. */
export interface Parser {
  readonly Encoder: typeof Encoder
  readonly Decoder: typeof Decoder
}

/** The sender of decoded packets. */
interface Sender {
  /** May be a getter that creates the log on first use. */
  readonly log: FastifyBaseLogger
  /** How many packets were decoded and not dispatched yet. */
  waiting: number
  /** When the newest packet was read, by `performance.now()`. */
  readAt: number
  /** Whether any packet may contain unsafe input, so that all payloads have to be scanned. */
  isSuspect: boolean
}

interface SenderDecoder {
  sender: Sender
}

/**
 * Socket.IO's parser with limits that are checked before a packet is decoded. Packets in one polling
 * body count one by one. When the decoder throws, Socket.IO closes the transport.
 */
export function createParser({ limits, metrics, log }: GuardedParserDeps): Parser {
  const rate = { burst: limits.packetBurst, perSecond: limits.packetsPerSecond }
  class GuardedDecoder extends Decoder implements SenderDecoder {
    sender: Sender = { log, waiting: 0, readAt: 0, isSuspect: false }
    readonly #bucket = new TokenBucket(rate)
    #connects = 0

    constructor() {
      super({ maxAttachments: limits.maxAttachments })
    }

    override add(packet: unknown): void {
      const now = performance.now() // read once
      const limit = this.#limitAgainst(packet, now)
      if (limit !== undefined) {
        metrics.refused(limit)
        this.sender.log.info({ limit }, 'connection closed by a limit')
        throw new Error(limit)
      }
      const { sender } = this
      sender.waiting++
      sender.readAt = now
      sender.isSuspect ||= isSuspect(packet)
      super.add(packet)
    }

    #limitAgainst(packet: unknown, now: number): LimitName | undefined {
      if (this.#bucket.take(1, now) > 0) return 'packetsPerSecond'
      if (typeof packet !== 'string') {
        return limits.maxAttachments > 0 ? undefined : 'maxAttachments'
      }
      const type = packet.charAt(0)
      if (type === CONNECT && ++this.#connects > limits.connectsPerTransport) {
        return 'connectsPerTransport'
      }
      if (binaryTypes.includes(type) && limits.maxAttachments === 0) return 'maxAttachments'
      const { depth, keys } = measureJson(packet)
      if (depth > limits.maxInputDepth + PACKET_DEPTH) return 'maxInputDepth'
      return keys > limits.maxPacketKeys ? 'maxPacketKeys' : undefined
    }
  }
  return { Encoder, Decoder: GuardedDecoder }
}

/**
 * Assigns the packets of a connection to a sender. Returns whether the decoder counts them. If not,
 * all payloads are scanned, and the caller has to call `countPacket()` for each decoded packet.
 */
export function decodeFor(sender: Sender, connection: Connection): boolean {
  const decoder = decoderOf(connection)
  if (isSenderDecoder(decoder)) {
    decoder.sender = sender
    return true
  }
  sender.isSuspect = true
  return false
}

/** Counts a packet of a sender whose decoder does not count. */
export function countPacket(sender: Sender): void {
  sender.waiting = 1
  sender.readAt = performance.now()
}

function isSenderDecoder(decoder: Decoder | undefined): decoder is Decoder & SenderDecoder {
  return decoder !== undefined && 'sender' in decoder
}

/** Whether a packet may contain binary data or a key that pollutes prototypes. */
function isSuspect(packet: unknown): boolean {
  if (typeof packet !== 'string') return true
  if (packet.startsWith(CONNECT)) return false
  return (
    packet.includes('__proto__') ||
    packet.includes('prototype') || // as in `constructor.prototype`
    packet.includes(UNICODE_ESCAPE) || // may spell either of them
    binaryTypes.includes(packet.charAt(0))
  )
}
