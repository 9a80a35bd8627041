import type { Packet, TransportWatcher } from './watchTransports.js'

/** First byte of a frame that is a whole message of text. */
const FINAL_TEXT = 0x81
const LENGTH_IN_2_BYTES = 126
const LENGTH_IN_8_BYTES = 127
/** Engine.IO's type of a packet that carries one of Socket.IO's. */
const MESSAGE = '4'

/** Socket.IO's types of packets after which binary ones follow, with the same options, begin here. */
const FIRST_BINARY = '5'

/**
 * Makes one buffer of each frame that goes out over WebSocket, where `ws` writes its header and its
 * text one after the other; and one for all who get the same. Where frames are compressed, or not
 * of text, Engine.IO makes its own.
 */
export function sendInOneBuffer(watch: (watcher: TransportWatcher) => void): void {
  watch({
    sending({ transport }, packets) {
      if (transport.name !== 'websocket') return
      for (const packet of packets) frame(packet)
    },
  })
}

function frame({ type, data, options }: Packet): void {
  const { wsPreEncodedFrame: shared } = options
  if (shared) {
    // Of a broadcast; whoever is next finds it joined.
    if (shared.length > 1) shared.splice(0, shared.length, Buffer.concat(shared))
  } else if (type === 'message' && typeof data === 'string' && data < FIRST_BINARY) {
    options.wsPreEncodedFrame = [frameOf(MESSAGE + data)]
  }
}

/** A frame as servers send it, unmasked (RFC 6455, 5.2). */
function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const headerLength = length < LENGTH_IN_2_BYTES ? 2 : length < 2 ** 16 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = FINAL_TEXT
  if (headerLength === 2) {
    frame[1] = length
  } else if (headerLength === 4) {
    frame[1] = LENGTH_IN_2_BYTES
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = LENGTH_IN_8_BYTES
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, headerLength)
  return frame
}
