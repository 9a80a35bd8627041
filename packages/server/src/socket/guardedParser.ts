import { measureJson } from '@yektayar/protocol'
import { Decoder, Encoder, PacketType } from 'socket.io-parser'
import type { Limits } from '../limits.js'
import { createRateLimit } from '../rateLimit.js'

const CONNECT = String(PacketType.CONNECT)
const binaryTypes = [String(PacketType.BINARY_EVENT), String(PacketType.BINARY_ACK)]

/** The array of name and payload around an input. */
const PACKET_DEPTH = 1

/** What a parser needs besides Socket.IO's own. */
export interface GuardedParserOptions {
  limits: Limits
  /** Told why a transport is about to be closed. */
  onRefused(this: void, reason: string): void
}

/** The pair of classes that Socket.IO takes as its `parser`. */
export interface Parser {
  readonly Encoder: typeof Encoder
  readonly Decoder: typeof Decoder
}

/**
 * Socket.IO's parser, with a look at every packet before it is decoded; so what came in one polling
 * body counts one by one. What it throws makes Socket.IO close the transport.
 */
export function createParser({ limits, onRefused }: GuardedParserOptions): Parser {
  class GuardedDecoder extends Decoder {
    readonly #rate = createRateLimit({
      burst: limits.packetBurst,
      perSecond: limits.packetsPerSecond,
      maxKeys: 1,
    })
    #connects = 0

    constructor() {
      super({ maxAttachments: limits.maxAttachments })
    }

    override add(packet: unknown): void {
      const reason = this.#reasonAgainst(packet)
      if (reason !== undefined) {
        onRefused(reason)
        throw new Error(reason)
      }
      super.add(packet)
    }

    #reasonAgainst(packet: unknown): string | undefined {
      if (this.#rate.take('') > 0) return 'too many packets'
      if (typeof packet !== 'string') {
        return limits.maxAttachments > 0 ? undefined : 'a binary packet'
      }
      const type = packet.charAt(0)
      if (type === CONNECT && ++this.#connects > limits.connectsPerTransport) {
        return 'too many CONNECT packets'
      }
      if (binaryTypes.includes(type) && limits.maxAttachments === 0) return 'a binary packet'
      const { depth, keys } = measureJson(packet)
      if (depth > limits.maxInputDepth + PACKET_DEPTH) return 'nested too deep'
      return keys > limits.maxPacketKeys ? 'too many keys' : undefined
    }
  }
  return { Encoder, Decoder: GuardedDecoder }
}
