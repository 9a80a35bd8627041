import { randomUUID } from 'node:crypto'
import type { ClusterMessage, ClusterResponse } from 'socket.io-adapter'

/** What adapters tell each other. */
export type AdapterMessage = ClusterMessage | ClusterResponse

/** A message on its way. */
export interface AddressedMessage {
  readonly message: AdapterMessage
  /** The adapter that it is for; `null` for all of them. */
  readonly to: string | null
}

interface Envelope extends AddressedMessage {
  /** The key under which JSON has binary data; `null` where there is none. */
  readonly mark: string | null
}

/** A key that no payload can have, since only servers know it. */
const MARK = `binary:${randomUUID()}`

/**
 * A message as text. Binary data becomes base64.
 *
 * @throws {TypeError} for what JSON cannot have, such as a circle
 */
export function writeMessage({ message, to }: AddressedMessage): string {
  let binaries = 0
  const text = JSON.stringify(message, function (this: Record<string, unknown>, key, value) {
    const bytes = bytesOf(this[key]) // before `toJSON()`, which a `Buffer` has
    if (!bytes) return value as unknown
    binaries++
    return { [MARK]: bytes.toString('base64') }
  })
  const mark = binaries > 0 ? MARK : null
  return `{"to":${JSON.stringify(to)},"mark":${JSON.stringify(mark)},"message":${text}}`
}

/** Reads what `writeMessage()` has written. */
export function readMessage(text: string): AddressedMessage {
  const envelope = JSON.parse(text) as Envelope
  const { mark } = envelope
  if (mark === null) return envelope
  return JSON.parse(text, (_key, value: unknown) => {
    const base64 = (value as Record<string, unknown> | null)?.[mark]
    return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : value
  }) as Envelope
}

/** What Socket.IO sends as binary data. */
function bytesOf(value: unknown): Buffer | undefined {
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  if (!ArrayBuffer.isView(value)) return undefined
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}
