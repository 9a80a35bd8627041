import type { NodeEvent } from '../emittedEvent.js'
import type { RightsChange } from '../store.js'

/** News of other processes that the listeners of this store have not got yet. */
export interface HeardNews {
  readonly rooms: Set<string>
  readonly sessions: Set<string>
  /** Of these, those that go on under another id. */
  readonly continued: Set<string>
  readonly rights: RightsChange[]
  readonly events: NodeEvent[]
  /** Whether anything else may have changed. */
  isEverything: boolean
}

export function emptyNews(): HeardNews {
  return {
    ...{ rooms: new Set(), sessions: new Set(), continued: new Set() },
    ...{ rights: [], events: [], isEverything: false },
  }
}

export function isEmpty({ rooms, sessions, rights, events, isEverything }: HeardNews): boolean {
  return !isEverything && rooms.size + sessions.size + rights.length + events.length === 0
}
