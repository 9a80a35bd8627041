import type { NodeEvent } from '../emittedEvent.js'
import type { RightsChange } from '../store.js'

/** What one transaction changes, for the other processes. */
export class PostgresNews {
  readonly rooms = new Set<string>()
  /** Sessions that were changed. */
  readonly sessions = new Set<string>()
  /** Sessions that have ended; the other processes hear of them by a NOTIFY inside the transaction. */
  readonly ended = new Set<string>()
  /** Of these, those that go on under another id. */
  readonly continued = new Set<string>()
  readonly rights: RightsChange[] = []
  readonly events: NodeEvent[] = []
}
