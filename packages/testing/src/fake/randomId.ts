/** 128 bits that tell things apart. `crypto` may be missing, as in some test environments. */
export function randomId(): string {
  const bytes = new Uint8Array(16)
  try {
    crypto.getRandomValues(bytes)
  } catch {
    bytes.forEach((_, index) => {
      bytes[index] = Math.random() * 256
    })
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
