import type { FastifyBaseLogger } from 'fastify'
import { settledWithin } from '../../shared/settledWithin.js'
import type { BusState } from '../busState.js'
import type { NodeEvent } from '../emittedEvent.js'
import type { StoreNews } from '../store.js'
import { Buses } from './bus/buses.js'
import { Coalesced } from './bus/coalesce.js'
import { EventQueue } from './bus/eventQueue.js'
import type { Hint, HintedEvent, HintedRight } from './bus/hint.js'
import { LongEvents } from './bus/longEvents.js'
import { notifyStatement } from './bus/notifyBus.js'
import { readRight } from './bus/readHint.js'
import { emptyNews, isEmpty } from './heardNews.js'
import type { HeardNews } from './heardNews.js'
import { PostgresNews } from './postgresNews.js'
import type { Query } from './query.js'
import { SerialRun } from './serialRun.js'
import type { ServerWatch } from './serverWatch.js'

/** At most one transaction with hints in this time. */
const COALESCE_MS = 5

/** Everything is looked at every so many ticks, in case that a process died before it told. */
const TICKS_PER_LOOK = 5

/** How long a process that was cut off finds what was done to rights. */
const RIGHTS_KEPT_MS = 10 * 60_000

/** The maximum number of rooms whose hints are kept when no bus can send them. */
const MAX_KEPT_ROOMS = 10_000

/** How many events wait to be sent; where there are more, the oldest are dropped. */
const MAX_HEARD_EVENTS = 10_000

/** What `ProcessNews` needs. */
export interface ProcessNewsDeps {
  node: string
  databaseUrl: string
  redisUrl: string | undefined
  /** What tells the services on one Redis apart: the epoch of the store. */
  service: string
  busyTimeoutMs: number
  query: Query
  server: ServerWatch
  log: FastifyBaseLogger
}

/** What processes on one database tell each other. */
export class ProcessNews {
  readonly #deps: ProcessNewsDeps
  readonly #listeners = new Set<(news: StoreNews) => Promise<void>>()
  readonly #outbox = new Coalesced(COALESCE_MS, () => this.#send())
  /** Rights that were applied, by their row, and when. A failover may give a number again. */
  readonly #seenRights = new Map<string, number>()
  readonly #events = new EventQueue()
  readonly #longEvents: LongEvents
  #told = new PostgresNews()
  #heard = emptyNews()
  readonly #delivery = new SerialRun(() => this.#deliverHeard())
  #isLookWanted = false
  #ticks = 0
  #openedBuses: Buses | undefined

  private constructor(deps: ProcessNewsDeps) {
    this.#deps = deps
    this.#longEvents = new LongEvents(deps.query)
  }

  /** Listens, before anything else is read. */
  static async open(deps: ProcessNewsDeps): Promise<ProcessNews> {
    const news = new ProcessNews(deps)
    const { server } = deps
    news.#openedBuses = await Buses.open({
      ...deps,
      onHint: (hint) => {
        news.#hear(hint).catch(news.#noteFailure)
      },
      onLost: () => {
        server.lost()
      },
      onTick: (isDeaf) => {
        news.#tick(isDeaf)
      },
      onMissed: () => {
        news.#lookSoon()
      },
      onFollowed: (rooms) => {
        for (const room of rooms) news.#heard.rooms.add(room)
        news.#delivery.run().catch(news.#noteFailure)
      },
    })
    server.onPossibleLoss(() => {
      news.#lookSoon()
    })
    // Nobody is connected yet, whose rights they could change.
    await news.#readRights().catch(async (error: unknown) => {
      await news.close(() => 0)
      throw error
    })
    news.#heard = emptyNews()
    return news
  }

  /** By which processes tell each other. */
  get buses(): Buses {
    if (!this.#openedBuses) throw new Error('The buses are not open yet')
    return this.#openedBuses
  }

  readonly state = (): BusState => ({
    ...this.buses.state,
    droppedEvents: this.#events.dropped,
  })

  onNews(listener: (news: StoreNews) => Promise<void>): void {
    this.#listeners.add(listener)
  }

  /** Reads everything; resolves once that was told. */
  async look(): Promise<void> {
    await this.#readRights()
    this.#heard.isEverything = true
    await this.#delivery.run()
  }

  /** Adds to a transaction what others must not miss. */
  readonly tellWithin = async (
    query: Query,
    { ended, continued, rights }: PostgresNews,
  ): Promise<void> => {
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
    const lists = { continued: [...continued], sessions: [...ended], rights: kept }
    await query(notifyStatement, [this.buses.write(lists)])
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

  /** Tells the rest, and closes the buses. @param leftMs how long both may still take */
  async close(leftMs: () => number): Promise<void> {
    this.#outbox.close()
    await settledWithin(this.#send(), leftMs())
    await this.#openedBuses?.close(leftMs())
    this.#listeners.clear()
  }

  async #send(): Promise<void> {
    const { rooms, sessions } = this.#told
    const count = rooms.size + sessions.size + this.#events.length
    if (count === 0 && this.#openedBuses?.hasDoubtful !== true) return
    this.#told = new PostgresNews()
    const events = this.#events.take()
    let hinted: HintedEvent[] | undefined
    try {
      hinted = await this.#longEvents.hintsOf(events)
      await this.buses.send({ rooms: [...rooms], sessions: [...sessions], events: hinted })
    } catch (error) {
      // The next tick tries it again; others look at everything if they hear nothing either.
      if (!hinted) {
        this.#events.putBack(events)
        for (const session of sessions) this.#told.sessions.add(session)
      }
      for (const room of [...rooms].slice(0, MAX_KEPT_ROOMS)) this.#told.rooms.add(room)
      this.#deps.log.debug({ err: error }, 'could not tell other processes what was written')
    }
  }

  async #hear(hint: Hint): Promise<void> {
    this.#collect(hint)
    const { rooms, sessions, rights, events } = this.#heard
    if (rooms.size + sessions.size + rights.length + events.length === 0) return // a ping
    await this.#delivery.run()
  }

  #collect({ rooms = [], sessions = [], continued = [], rights = [], events = [] }: Hint): void {
    for (const room of rooms) this.#heard.rooms.add(room)
    for (const session of sessions) this.#heard.sessions.add(session)
    for (const session of continued) this.#heard.continued.add(session)
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
      for (const right of readRight(id, change)) this.#collectRight(right)
    }
  }

  /** It is tried again with the next look. */
  readonly #noteFailure = (error: unknown): void => {
    this.#deps.log.debug({ err: error }, 'could not look for what other processes have written')
  }

  #tick(isDeaf: boolean): void {
    this.#ticks++
    this.#outbox.request() // for what could not be told
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

  async #deliverHeard(): Promise<void> {
    if (isEmpty(this.#heard)) return
    const heard = this.#heard
    this.#heard = emptyNews()
    try {
      await this.#tellListeners(heard)
    } catch (error) {
      // The next look repeats it all. Events were sent or are lost, as they may be.
      this.#heard.rights.unshift(...heard.rights)
      for (const session of heard.continued) this.#heard.continued.add(session)
      this.#heard.isEverything = true
      throw error
    }
  }

  async #tellListeners({ isEverything, ...heard }: HeardNews): Promise<void> {
    const { rooms, sessions, continued, rights, events } = heard
    const news = {
      rooms: isEverything ? undefined : rooms,
      sessions: isEverything ? undefined : sessions,
      continued: continued.size > 0 ? continued : undefined,
      rights,
      events: await this.#longEvents.resolve(events),
    }
    await Promise.all([...this.#listeners].map((listener) => listener(news)))
  }
}
