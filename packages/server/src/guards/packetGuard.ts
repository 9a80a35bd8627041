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

/** In JSON. */
const UNICODE_ESCAPE = String.raw`\u`

/** The array of name and payload around an input. */
const PACKET_DEPTH = 1

/** What a parser needs besides Socket.IO's own. */
export interface GuardedParserOptions {
  limits: Limits
  metrics: Metrics
  log: FastifyBaseLogger
}

/** The pair of classes that Socket.IO takes as its `parser`. */
export interface Parser {
  readonly Encoder: typeof Encoder
  readonly Decoder: typeof Decoder
}

/** Whose packets are decoded. */
interface Sender {
  /** May be made only when it is asked for. */
  readonly log: FastifyBaseLogger
  /** Counts the packets. */
  waiting: number
  /** When the newest was read, of `performance.now()`. */
  readAt: number
  /** Whether any of them may carry what no schema should see, so that all are looked through. */
  isSuspect: boolean
}

interface SenderDecoder {
  sender: Sender
}

/**
 * Socket.IO's parser, with a look at every packet before it is decoded; so what came in one polling
 * body counts one by one. What it throws makes Socket.IO close the transport.
 */
export function createParser({ limits, metrics, log }: GuardedParserOptions): Parser {
  const rate = { burst: limits.packetBurst, perSecond: limits.packetsPerSecond }
  class GuardedDecoder extends Decoder implements SenderDecoder {
    sender: Sender = { log, waiting: 0, readAt: 0, isSuspect: false }
    readonly #bucket = new TokenBucket(rate)
    #connects = 0

    constructor() {
      super({ maxAttachments: limits.maxAttachments })
    }

    override add(packet: unknown): void {
      const now = performance.now() // once for all who need to know: it costs more than what they do
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
 * From here on, packets are those of this sender; says whether they are counted. Where they are not,
 * all are looked through, and `countPacket()` is to be called for each that was decoded.
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

/** Counts a packet of a sender whose decoder does not. */
export function countPacket(sender: Sender): void {
  sender.waiting = 1
  sender.readAt = performance.now()
}

function isSenderDecoder(decoder: Decoder | undefined): decoder is Decoder & SenderDecoder {
  return decoder !== undefined && 'sender' in decoder
}

/** Whether a packet may bring a command a key that pollutes prototypes, or binary data. */
function isSuspect(packet: unknown): boolean {
  if (typeof packet !== 'string') return true
  if (packet.startsWith(CONNECT)) return false
  return (
    packet.includes('__proto__') ||
    packet.includes('prototype') || // within a constructor
    packet.includes(UNICODE_ESCAPE) || // either of them in disguise
    binaryTypes.includes(packet.charAt(0))
  )
}
