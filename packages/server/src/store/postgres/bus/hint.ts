import type { NodeEvent } from '../../emittedEvent.js'
import type { RightsChange } from '../../store.js'

/** PostgreSQL refuses a payload of 8,000 bytes. */
const MAX_HINT_BYTES = 7_500

/** An event on its way: itself, or the number of its row where it is too long. */
export type HintedEvent = NodeEvent | { readonly ref: number }

/** A change of rights, with the number of its row. */
export interface HintedRight {
  readonly id: number
  readonly change: RightsChange
}

/** What a process tells the others; never the text of a room's message. */
export interface Hint {
  /** The process that tells it. */
  readonly node: string
  /** Differs from one hint to the next: PostgreSQL drops equal ones of a transaction. */
  readonly n: number
  readonly rooms?: readonly string[]
  readonly sessions?: readonly string[]
  /** Of these, those that go on under another id. */
  readonly continued?: readonly string[]
  readonly rights?: readonly HintedRight[]
  readonly events?: readonly HintedEvent[]
  /** Whether the process closes. */
  readonly isLast?: boolean
  /** Of a ping: whether the process hears what comes by Redis. */
  readonly hearsRedis?: boolean
}

type Lists = Pick<Hint, 'rooms' | 'sessions' | 'continued' | 'rights' | 'events'>

/** Makes the hints of a process. */
export class HintWriter {
  readonly node: string
  #count = 0

  constructor(node: string) {
    this.node = node
  }

  /** The JSON of as many hints as are needed; at least one. */
  write(lists: Lists, state: Pick<Hint, 'isLast' | 'hearsRedis'> = {}): string[] {
    const hints: string[] = []
    let current: Record<string, unknown[]> = {}
    let bytes = 0
    const end = (): void => {
      hints.push(JSON.stringify({ node: this.node, n: ++this.#count, ...state, ...current }))
      current = {}
      bytes = 0
    }
    for (const [name, list] of Object.entries(lists)) {
      for (const item of list) {
        const size = Buffer.byteLength(JSON.stringify(item)) + 1
        if (bytes > 0 && bytes + size > MAX_HINT_BYTES - ENVELOPE_BYTES) end()
        ;(current[name] ??= []).push(item)
        bytes += size
      }
    }
    if (bytes > 0 || hints.length === 0) end()
    return hints
  }
}

/** For the rest of the JSON. */
const ENVELOPE_BYTES = 200
