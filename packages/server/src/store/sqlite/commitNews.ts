import { sql } from 'kysely'
import type { NodeEvent } from '../emittedEvent.js'
import type { RightsChange, StoreNews } from '../store.js'
import { compileOnce } from './compileOnce.js'
import type { Database } from './openDatabase.js'

/** A commit that changes more rooms or sessions than this does not name them. */
const MAX_NAMED = 500

/** How many commits' news are kept. A process that is further behind reads everything again. */
const MAX_KEPT = 1_024

/** The same for those that tell of rights, which nothing else tells. */
const MAX_RIGHTS_KEPT = 65_536

/** The same for the payloads of events, which a process needs within a poll. */
const MAX_EVENTS_KEPT = 64

/** How many commits pass between two removals of old news. */
const PRUNE_STEP = 64

interface NewsRow {
  readonly id: number
  readonly node: string
  readonly rooms: string
  readonly sessions: string
  /** JSON of `RightsChange[]`. */
  readonly rights: string | null
  /** JSON of `NodeEvent[]`. */
  readonly events: string | null
}

const runInsert = compileOnce<Omit<NewsRow, 'id'>, { id: number }>((database, value) =>
  database
    .insertInto('news')
    .values((row) => ({
      id: row.selectFrom('news').select(sql<number>`coalesce(max(id), 0) + 1`.as('id')),
      node: value('node'),
      rooms: value('rooms'),
      sessions: value('sessions'),
      rights: value('rights'),
      events: value('events'),
    }))
    .returning('id'),
)

const runDelete = compileOnce<{ id: number; rightsId: number }, unknown>((database, value) =>
  database
    .deleteFrom('news')
    .where('id', '<=', value('id'))
    .where((row) => row.or([row('rights', 'is', null), row('id', '<=', value('rightsId'))])),
)

const runForgetEvents = compileOnce<{ id: number }, unknown>((database, value) =>
  database
    .updateTable('news')
    .set({ events: null })
    .where('id', '<=', value('id'))
    .where('events', 'is not', null),
)

const runSelect = compileOnce<{ id: number }, NewsRow>((database, value) =>
  database
    .selectFrom('news')
    .select(['id', 'node', 'rooms', 'sessions', 'rights', 'events'])
    .where('id', '>', value('id'))
    .orderBy('id'),
)

/** What one transaction changes, for the other processes that use the file. */
export class CommitNews {
  readonly #rooms = new Set<string>()
  readonly #sessions = new Set<string>()
  readonly #continued = new Set<string>()
  readonly #rights: RightsChange[] = []
  readonly #events: NodeEvent[] = []
  #hasOther = false

  /** Records that messages were appended to a room or its members changed. */
  room(name: string): void {
    this.#rooms.add(name)
  }

  /** Records that a session was changed or has ended. */
  session(id: string): void {
    this.#sessions.add(id)
  }

  /** Records that such a session goes on under another id. */
  continued(id: string): void {
    this.#continued.add(id)
  }

  /** Rights have changed. */
  right(change: RightsChange): void {
    this.#rights.push(change)
  }

  /** An event is sent to connections. */
  event(event: NodeEvent): void {
    this.#events.push(event)
  }

  /** Something else was written, so that the commit has to leave news, or it would be taken for foreign. */
  other(): void {
    this.#hasOther = true
  }

  /** Writes the news, unless there are none. */
  async flush(transaction: Database, node: string): Promise<void> {
    const others = this.#rights.length + this.#events.length
    const count = this.#rooms.size + this.#sessions.size + others
    if (!this.#hasOther && count === 0) return
    const [inserted] = await runInsert(transaction, {
      node,
      rooms: named(this.#rooms),
      sessions: named(this.#sessions, this.#continued),
      rights: this.#rights.length === 0 ? null : JSON.stringify(this.#rights),
      events: this.#events.length === 0 ? null : JSON.stringify(this.#events),
    })
    const id = inserted?.id ?? 0
    if (id % PRUNE_STEP !== 0) return
    await runDelete(transaction, { id: id - MAX_KEPT, rightsId: id - MAX_RIGHTS_KEPT })
    await runForgetEvents(transaction, { id: id - MAX_EVENTS_KEPT })
  }
}

/** A session that goes on under another id; it is named beside that. */
interface Continued {
  readonly continued: string
}

/** Names and notes in JSON; too many names are left out, and `null` stands for them. */
function named(names: ReadonlySet<string>, continued: ReadonlySet<string> = new Set()): string {
  const notes = [...continued].map((id): Continued => ({ continued: id }))
  return JSON.stringify([...(names.size > MAX_NAMED ? [null] : names), ...notes])
}

/** Reads what other processes have committed since the last read. */
export class NewsReader {
  readonly #database: Database
  readonly #node: string | undefined
  #lastId: number | undefined
  /** When news of another process were last read, by `performance.now()`. */
  #heardAt = -Infinity

  /** @param node the id of this process, whose commits are skipped */
  constructor(database: Database, node: string | undefined) {
    this.#database = database
    this.#node = node
  }

  /** What has changed since the last read; without names, anything may have changed. */
  async read(): Promise<StoreNews> {
    const before = this.#lastId
    const isFirst = before === undefined // so nobody is connected yet
    const rows = await runSelect(this.#database, { id: before ?? 0 })
    const last = rows.at(-1)?.id ?? before ?? 0
    this.#lastId = last
    const isWhole = !isFirst && rows.length > 0 && rows.length === last - before
    const foreign = rows.filter(({ node }) => node !== this.#node)
    const rights = isFirst ? [] : foreign.flatMap(rightsOf)
    const events = isFirst ? [] : foreign.flatMap(eventsOf)
    const continued = continuedIn(foreign)
    if (foreign.length > 0) this.#heardAt = performance.now()
    // A commit without news: perhaps an operator has written by hand.
    if (!isWhole || foreign.length === 0) {
      return { rooms: undefined, sessions: undefined, continued, rights, events }
    }
    return {
      rooms: unionOf(foreign.map(({ rooms }) => rooms)),
      sessions: unionOf(foreign.map(({ sessions }) => sessions)),
      continued,
      rights,
      events,
    }
  }

  /** Whether another process has committed something within this time. */
  hasHeardOfOthers(withinMs: number): boolean {
    return performance.now() - this.#heardAt < withinMs
  }
}

function rightsOf({ rights }: NewsRow): RightsChange[] {
  return rights === null ? [] : (JSON.parse(rights) as RightsChange[]) // as flush() has written them
}

function eventsOf({ events }: NewsRow): NodeEvent[] {
  return events === null ? [] : (JSON.parse(events) as NodeEvent[]) // as flush() has written them
}

function unionOf(lists: readonly string[]): ReadonlySet<string> | undefined {
  const all = new Set<string>()
  for (const list of lists) {
    for (const name of namesIn(list)) {
      if (name === null) return undefined
      if (typeof name === 'string') all.add(name)
    }
  }
  return all
}

function continuedIn(rows: readonly NewsRow[]): ReadonlySet<string> | undefined {
  const notes = rows.flatMap(({ sessions }) => namesIn(sessions))
  const ids = notes.flatMap((note) => (typeof note === 'object' && note ? note.continued : []))
  return ids.length > 0 ? new Set(ids) : undefined
}

function namesIn(list: string): (string | Continued | null)[] {
  return JSON.parse(list) as (string | Continued | null)[] // as named() has written them
}
