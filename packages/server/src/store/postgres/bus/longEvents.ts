import type { NodeEvent } from '../../emittedEvent.js'
import type { Query } from '../query.js'
import type { QueuedEvent } from './eventQueue.js'
import type { HintedEvent } from './hint.js'
import { readEvent } from './readHint.js'

/** Longer events do not fit into a hint. */
const MAX_EVENT_BYTES = 4_000
const EVENTS_KEPT_MS = 60_000

/** How often old events are removed, since no index finds them. */
const SWEEP_MS = 10_000

/** Events that do not fit into a hint, in a table from which others read them. */
export class LongEvents {
  readonly #query: Query
  #sweptAt = -Infinity

  constructor(query: Query) {
    this.#query = query
  }

  /** The events as they go into a hint: themselves, or the numbers of their rows if they are too long. */
  async hintsOf(events: readonly QueuedEvent[]): Promise<HintedEvent[]> {
    const hinted: HintedEvent[] = []
    for (const event of events) hinted.push(await this.#hintOf(event))
    return hinted
  }

  /** Reads the events that did not fit into a hint. */
  async resolve(events: readonly HintedEvent[]): Promise<NodeEvent[]> {
    const refs = events.flatMap((event) => ('ref' in event ? event.ref : []))
    if (refs.length === 0) return events as NodeEvent[] // there is no reference
    const rows = await this.#query<{ id: number; body: string }>(
      'select id, body from yektayar.events where id = any($1)',
      [refs],
    )
    const bodies = new Map(rows.map(({ id, body }) => [id, readEvent(body)]))
    return events.flatMap((event) => ('ref' in event ? (bodies.get(event.ref) ?? []) : event))
  }

  async #hintOf({ event, body }: QueuedEvent): Promise<HintedEvent> {
    if (Buffer.byteLength(body) <= MAX_EVENT_BYTES) return event
    await this.#sweep()
    const [row] = await this.#query<{ id: number }>(
      'insert into yektayar.events (body, at) values ($1, yektayar.now_ms()) returning id',
      [body],
    )
    return { ref: row?.id ?? 0 }
  }

  async #sweep(): Promise<void> {
    const now = performance.now()
    if (now - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = now
    await this.#query('delete from yektayar.events where at < yektayar.now_ms() - $1', [
      EVENTS_KEPT_MS,
    ])
  }
}
