import type { Json } from '../realtimeTypes.js'

/** How long a message may be, in characters. */
export const MAX_TEXT_LENGTH = 2_000

/** What a message of the demo carries. */
export interface ChatMessageData {
  readonly text: string
}

/** The text of a room's message; whatever another app has sent is shown as JSON. */
export function textOf(data: Json): string {
  if (typeof data === 'string') return data
  if (typeof data === 'object' && data !== null && 'text' in data) {
    if (typeof data.text === 'string') return data.text
  }
  return JSON.stringify(data)
}
