import { Decoder, Encoder, PacketType } from 'socket.io-parser'
import type { Limits } from '../limits.js'

const CONNECT = String(PacketType.CONNECT)

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
 * Socket.IO's parser with a count of what one transport brings, from before anything is decoded.
 * What it throws makes Socket.IO close the transport.
 */
export function createParser({ limits, onRefused }: GuardedParserOptions): Parser {
  class GuardedDecoder extends Decoder {
    #connects = 0

    override add(packet: unknown): void {
      if (typeof packet === 'string' && packet.startsWith(CONNECT)) {
        this.#connects++
        if (this.#connects > limits.connectsPerTransport) {
          onRefused('too many CONNECT packets')
          throw new Error('Too many CONNECT packets')
        }
      }
      super.add(packet)
    }
  }
  return { Encoder, Decoder: GuardedDecoder }
}
