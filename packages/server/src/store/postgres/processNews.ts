import type { FastifyBaseLogger } from 'fastify'
import type { NodeEvent } from '../emittedEvent.js'
import type { RightsChange, StoreNews } from '../store.js'
import type { BusState } from '../storeProcess.js'
import { Coalesced } from './coalesce.js'
import { EventQueue } from './eventQueue.js'
import type { QueuedEvent } from './eventQueue.js'
import { HintWriter, readHint } from './hint.js'
import type { Hint, HintedEvent, HintedRight } from './hint.js'
import { HintChannel, notifyStatement } from './hintChannel.js'
import { Peers } from './peers.js'
import { PostgresNews } from './postgresNews.js'
import type { Query } from './query.js'
import type { ServerWatch } from './serverWatch.js'

/** At most one transaction with hints in this time. */
const COALESCE_MS = 5

/** Everything is looked at every so many ticks, in case that a process died before it told. */
const TICKS_PER_LOOK = 5

/** How long a process that was cut off finds what was done to rights. */
const RIGHTS_KEPT_MS = 10 * 60_000

/** Longer events do not fit into a hint. */
const MAX_EVENT_BYTES = 4_000
const EVENTS_KEPT_MS = 60_000

/** How many events wait to be sent; where there are more, the oldest are dropped. */
const MAX_HEARD_EVENTS = 10_000

/** What `ProcessNews` needs. */
export interface ProcessNewsDeps {
  node: string
  databaseUrl: string
  busyTimeoutMs: number
  query: Query
  server: ServerWatch
  log: FastifyBaseLogger
}

interface Pending {
  readonly rooms: Set<string>
  readonly sessions: Set<string>
  readonly rights: RightsChange[]
  readonly events: NodeEvent[]
  isEverything: boolean
}

/** What processes on one database tell each other. */
export class ProcessNews {
  readonly #deps: ProcessNewsDeps
  readonly #writer: HintWriter
  readonly #listeners = new Set<(news: StoreNews) => Promise<void>>()
  readonly #outbox = new Coalesced(COALESCE_MS, () => this.#send())
  readonly peers = new Peers()
  /** Rights that were applied, by their row, and when. A failover may give a number again. */
  readonly #seenRights = new Map<string, number>()
  readonly #events = new EventQueue()
  #told = new PostgresNews()
  #heard = emptyNews()
  #delivery: Promise<void> = Promise.resolve()
  #isDelivering = false
  #isLookWanted = false
  readonly #counts = { sentByNotify: 0, heard: 0 }
  #ticks = 0
  #channel: HintChannel | undefined

  private constructor(deps: ProcessNewsDeps) {
    this.#deps = deps
    this.#writer = new HintWriter(deps.node)
  }

  /** Listens, before anything else is read. */
  static async open(deps: ProcessNewsDeps): Promise<ProcessNews> {
    const news = new ProcessNews(deps)
    const { databaseUrl, busyTimeoutMs, server, log } = deps
    news.#channel = await HintChannel.open({
      ...{ databaseUrl, busyTimeoutMs, log },
      ping: () => news.#writer.write({})[0] ?? '',
      onHint: (payload) => {
        news.#hear(payload).catch(news.#noteFailure)
      },
      onLost: () => {
        server.lost()
      },
      onTick: (isDeaf) => {
        news.#tick(isDeaf)
      },
    })
    server.onPossibleLoss(() => {
      news.#lookSoon()
    })
    await news.#readRights() // nobody is connected yet, whose rights they could change
    news.#heard = emptyNews()
    return news
  }

  onNews(listener: (news: StoreNews) => Promise<void>): void {
    this.#listeners.add(listener)
  }

  /** By what processes tell each other. */
  readonly state = (): BusState => ({
    notify: this.#channel?.isOpen === true,
    heardAgoMs: this.#channel?.heardAgoMs ?? 0,
    ...this.#counts,
  })

  /** Reads everything; resolves once that was told. */
  async look(): Promise<void> {
    await this.#readRights()
    this.#heard.isEverything = true
    await this.#deliver()
  }

  /** Adds to a transaction what others must not miss. */
  readonly tellWithin = async (query: Query, { ended, rights }: PostgresNews): Promise<void> => {
    if (ended.size === 0 && rights.length === 0) return
    const kept: HintedRight[] = []
    for (const change of rights) {
      const [row] = await query<{ id: number }>(
        `insert into yektayar.rights (node, change, at)
         values ($1, $2, yektayar.now_ms()) returning id`,
        [this.#deps.node, JSON.stringify(change)],
      )
      kept.push({ id: row?.id ?? 0, change })
    }
    if (rights.length > 0) {
      await query('delete from yektayar.rights where at < yektayar.now_ms() - $1', [
        2 * RIGHTS_KEPT_MS,
      ])
    }
    await query(notifyStatement, [this.#writer.write({ sessions: [...ended], rights: kept })])
  }

  /** Tells others the rest, soon. */
  readonly tellAfter = ({ rooms, sessions, events }: PostgresNews): void => {
    if (rooms.size + sessions.size + events.length === 0) return
    for (const room of rooms) this.#told.rooms.add(room)
    for (const session of sessions) this.#told.sessions.add(session)
    for (const event of events) this.#events.push(event)
    this.#outbox.request()
  }

  /** Tells others of an event that no transaction has. */
  readonly pass = (event: NodeEvent): void => {
    this.#events.push(event)
    this.#outbox.request()
  }

  async close(): Promise<void> {
    this.#outbox.close()
    await this.#send()
    await this.#channel?.send(this.#writer.write({}, { isLast: true })).catch(() => undefined)
    await this.#channel?.close()
    this.#listeners.clear()
  }

  async #send(): Promise<void> {
    const { rooms, sessions } = this.#told
    if (rooms.size + sessions.size + this.#events.length === 0) return
    this.#told = new PostgresNews()
    try {
      const hinted: HintedEvent[] = []
      for (const event of this.#events.take()) hinted.push(await this.#hintOf(event))
      const lists = { rooms: [...rooms], sessions: [...sessions], events: hinted }
      await this.#channel?.send(this.#writer.write(lists))
      this.#counts.sentByNotify++
    } catch (error) {
      // Others look at everything once they have noticed that they hear nothing.
      this.#deps.log.debug({ err: error }, 'could not tell other processes what was written')
    }
  }

  async #hintOf({ event, body }: QueuedEvent): Promise<HintedEvent> {
    if (Buffer.byteLength(body) <= MAX_EVENT_BYTES) return event
    const { query } = this.#deps
    await query('delete from yektayar.events where at < yektayar.now_ms() - $1', [EVENTS_KEPT_MS])
    const [row] = await query<{ id: number }>(
      'insert into yektayar.events (body, at) values ($1, yektayar.now_ms()) returning id',
      [body],
    )
    return { ref: row?.id ?? 0 }
  }

  async #hear(payload: string): Promise<void> {
    const hint = readHint(payload)
    if (!hint || hint.node === this.#deps.node) return
    if (this.peers.heard(hint)) this.#answer()
    this.#collect(hint)
    const { rooms, sessions, rights, events } = this.#heard
    if (rooms.size + sessions.size + rights.length + events.length === 0) return // a ping
    this.#counts.heard++
    await this.#deliver()
  }

  /** Lets a process that was unknown know of this one. */
  #answer(): void {
    this.#channel?.send(this.#writer.write({})).catch(() => undefined) // as with each ping
  }

  #collect({ rooms = [], sessions = [], rights = [], events = [] }: Hint): void {
    for (const room of rooms) this.#heard.rooms.add(room)
    for (const session of sessions) this.#heard.sessions.add(session)
    for (const right of rights) this.#collectRight(right)
    this.#heard.events.push(...(events as NodeEvent[])) // references are read before delivery
    const surplus = this.#heard.events.length - MAX_HEARD_EVENTS
    if (surplus > 0) this.#heard.events.splice(0, surplus)
  }

  #collectRight({ id, change }: HintedRight): void {
    const key = `${id} ${JSON.stringify(change)}`
    if (this.#seenRights.has(key)) return
    this.#seenRights.set(key, performance.now())
    this.#heard.rights.push(change)
  }

  /** What was done to rights while this process may have heard nothing. */
  async #readRights(): Promise<void> {
    const since = performance.now() - 2 * RIGHTS_KEPT_MS
    for (const [key, at] of this.#seenRights) {
      if (at < since) this.#seenRights.delete(key)
    }
    const rows = await this.#deps.query<{ id: number; change: string }>(
      `select id, change from yektayar.rights
       where node <> $1 and at > yektayar.now_ms() - $2 order by id`,
      [this.#deps.node, RIGHTS_KEPT_MS],
    )
    for (const { id, change } of rows) {
      this.#collectRight({ id, change: JSON.parse(change) as RightsChange }) // by tellWithin()
    }
  }

  /** It is tried again with the next look. */
  readonly #noteFailure = (error: unknown): void => {
    this.#deps.log.debug({ err: error }, 'could not look for what other processes have written')
  }

  #tick(isDeaf: boolean): void {
    this.#ticks++
    if (isDeaf || this.#ticks % TICKS_PER_LOOK === 0) this.#lookAgain()
  }

  /** Looks after the running code, once however often it is asked for. */
  #lookSoon(): void {
    if (this.#isLookWanted) return
    this.#isLookWanted = true
    setImmediate(() => {
      this.#isLookWanted = false
      this.#lookAgain()
    })
  }

  #lookAgain(): void {
    this.look().catch(this.#noteFailure)
  }

  /** One delivery after the other; what is heard meanwhile goes with the next one. */
  #deliver(): Promise<void> {
    if (this.#isDelivering) return this.#delivery.catch(() => undefined).then(() => this.#deliver())
    if (isEmpty(this.#heard)) return Promise.resolve()
    this.#isDelivering = true
    this.#delivery = this.#deliverOnce().finally(() => {
      this.#isDelivering = false
    })
    return this.#delivery
  }

  async #deliverOnce(): Promise<void> {
    const heard = this.#heard
    this.#heard = emptyNews()
    try {
      await this.#tellListeners(heard)
    } catch (error) {
      // The next look repeats it all. Events were sent or are lost, as they may be.
      this.#heard.rights.unshift(...heard.rights)
      this.#heard.isEverything = true
      throw error
    }
  }

  async #tellListeners({ rooms, sessions, rights, events, isEverything }: Pending): Promise<void> {
    const news = {
      rooms: isEverything ? undefined : rooms,
      sessions: isEverything ? undefined : sessions,
      rights,
      events: await this.#resolve(events),
    }
  }

  /** Reads the events that did not fit into a hint. */
  async #resolve(events: readonly HintedEvent[]): Promise<NodeEvent[]> {
    const refs = events.flatMap((event) => ('ref' in event ? event.ref : []))
    if (refs.length === 0) return events as NodeEvent[] // there is no reference
    const rows = await this.#deps.query<{ id: number; body: string }>(
      'select id, body from yektayar.events where id = any($1)',
      [refs],
    )
    const bodies = new Map(rows.map(({ id, body }) => [id, JSON.parse(body) as NodeEvent])) // by #hintOf()
    return events.flatMap((event) => ('ref' in event ? (bodies.get(event.ref) ?? []) : event))
  }
}

function emptyNews(): Pending {
  return { rooms: new Set(), sessions: new Set(), rights: [], events: [], isEverything: false }
}

function isEmpty({ rooms, sessions, rights, events, isEverything }: Pending): boolean {
  return !isEverything && rooms.size + sessions.size + rights.length + events.length === 0
}
