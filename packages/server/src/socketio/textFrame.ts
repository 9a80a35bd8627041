/** The first byte of a frame that contains a complete text message. */
const FINAL_TEXT = 0x81
const LENGTH_IN_2_BYTES = 126
const LENGTH_IN_8_BYTES = 127

/** The frame of a text, unmasked as servers send it (RFC 6455, 5.2). */
export function encodeFrame(text: string, length = Buffer.byteLength(text)): Buffer {
  const header = headerOf(length)
  const frame = Buffer.allocUnsafe(header.length + length)
  frame.write(header, 'latin1')
  frame.write(text, header.length)
  return frame
}

/** The header of a frame for a text of this length in bytes, as a latin1 string. */
export function headerOf(length: number): string {
  if (length < LENGTH_IN_2_BYTES) return String.fromCharCode(FINAL_TEXT, length)
  const low = String.fromCharCode((length >> 8) & 0xff, length & 0xff)
  if (length < 2 ** 16) return String.fromCharCode(FINAL_TEXT, LENGTH_IN_2_BYTES) + low
  const high = String.fromCharCode(0, 0, 0, 0, (length >> 24) & 0xff, (length >> 16) & 0xff)
  return String.fromCharCode(FINAL_TEXT, LENGTH_IN_8_BYTES) + high + low
}
