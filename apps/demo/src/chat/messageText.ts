import type { Json } from '../realtimeTypes.js'

/** The longest message, in characters. */
export const MAX_TEXT_LENGTH = 2_000

/** The data of a message of the demo. */
export interface ChatMessageData {
  readonly text: string
  /** Tells the page that has sent it which of its messages this is. */
  readonly tag: string
}

/** The text of a room's message. Data from another app is shown as JSON. */
export function textOf(data: Json): string {
  if (typeof data === 'string') return data
  if (typeof data === 'object' && data !== null && 'text' in data) {
    if (typeof data.text === 'string') return data.text
  }
  return JSON.stringify(data)
}

/** The tag of a message of the demo. */
export function tagOf(data: Json): string | undefined {
  if (typeof data !== 'object' || data === null || !('tag' in data)) return undefined
  return typeof data.tag === 'string' ? data.tag : undefined
}
