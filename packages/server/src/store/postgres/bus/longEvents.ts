import type { NodeEvent } from '../../emittedEvent.js'
import type { Query } from '../query.js'
import type { QueuedEvent } from './eventQueue.js'
import type { HintedEvent } from './hint.js'
import { readEvent } from './readHint.js'

/** Longer events do not fit into a hint. */
const MAX_EVENT_BYTES = 4_000
const EVENTS_KEPT_MS = 60_000

/** The events as they go into a hint: themselves, or the numbers of their rows if they are too long. */
export async function hintsOf(
  query: Query,
  events: readonly QueuedEvent[],
): Promise<HintedEvent[]> {
  const hinted: HintedEvent[] = []
  for (const event of events) hinted.push(await hintOf(query, event))
  return hinted
}

async function hintOf(query: Query, { event, body }: QueuedEvent): Promise<HintedEvent> {
  if (Buffer.byteLength(body) <= MAX_EVENT_BYTES) return event
  await query('delete from yektayar.events where at < yektayar.now_ms() - $1', [EVENTS_KEPT_MS])
  const [row] = await query<{ id: number }>(
    'insert into yektayar.events (body, at) values ($1, yektayar.now_ms()) returning id',
    [body],
  )
  return { ref: row?.id ?? 0 }
}

/** Reads the events that did not fit into a hint. */
export async function resolveEvents(
  query: Query,
  events: readonly HintedEvent[],
): Promise<NodeEvent[]> {
  const refs = events.flatMap((event) => ('ref' in event ? event.ref : []))
  if (refs.length === 0) return events as NodeEvent[] // there is no reference
  const rows = await query<{ id: number; body: string }>(
    'select id, body from yektayar.events where id = any($1)',
    [refs],
  )
  const bodies = new Map(rows.map(({ id, body }) => [id, readEvent(body)]))
  return events.flatMap((event) => ('ref' in event ? (bodies.get(event.ref) ?? []) : event))
}
