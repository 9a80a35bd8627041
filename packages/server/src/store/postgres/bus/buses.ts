import { setTimeout as pass } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { settledWithin } from '../../../shared/settledWithin.js'
import type { BusState } from '../../busState.js'
import type { ServerWatch } from '../serverWatch.js'
import { HintWriter } from './hint.js'
import type { Hint, HintedEvent } from './hint.js'
import { NotifyBus } from './notifyBus.js'
import { Peers } from './peers.js'
import { readHint } from './readHint.js'
import { RedisBus } from './redisBus.js'
import { SeenHints } from './seenHints.js'

/** What goes by NOTIFY has arrived after this time, so that events on the way by Redis come later. */
const SWITCH_MS = 20

/** How many hints are kept of which it is not known whether they were heard; the oldest are dropped. */
const MAX_DOUBTFUL = 1_000

/** What `Buses` needs. */
export interface BusesDeps {
  node: string
  databaseUrl: string
  /** @default NOTIFY alone */
  redisUrl: string | undefined
  /** What tells the services on one Redis apart. */
  service: string
  busyTimeoutMs: number
  server: ServerWatch
  /** A hint of another process. */
  onHint(this: void, hint: Hint): void
  /** Called each second. @param isDeaf whether what a transaction tells may have been missed */
  onTick(this: void, isDeaf: boolean): void
  /** The connection to the database was lost. */
  onLost(this: void): void
  /** Hints may have been missed. */
  onMissed(this: void): void
  /** News of these rooms may have been missed. */
  onFollowed(this: void, rooms: readonly string[]): void
  log: FastifyBaseLogger
}

/** What processes tell each other after a commit. */
export interface Told {
  readonly rooms: readonly string[]
  readonly sessions: readonly string[]
  readonly events: readonly HintedEvent[]
}

/**
 * NOTIFY, and Redis where there is one. Hints go by Redis as long as this process and all others hear it,
 * and by both where one of them does not. Without Redis, and where it fails, they go by NOTIFY. Nobody
 * gets an event twice.
 */
export class Buses {
  readonly peers = new Peers()
  readonly #counts = { sentByNotify: 0, sentByRedis: 0, heard: 0, failovers: 0 }
  readonly #deps: BusesDeps
  readonly #writer: HintWriter
  readonly #seen = new SeenHints()
  /** Hints that are sent again unchanged: a process that has received one before drops it. */
  readonly #doubtful: string[] = []
  #notify: NotifyBus | undefined
  #redis: RedisBus | undefined
  #wasByRedis = false

  private constructor(deps: BusesDeps) {
    this.#deps = deps
    this.#writer = new HintWriter(deps.node)
  }

  /** Listens. */
  static async open(deps: BusesDeps): Promise<Buses> {
    const buses = new Buses(deps)
    const { databaseUrl, redisUrl, busyTimeoutMs, server, service, log } = deps
    const ping = (): string => buses.#ping()
    if (redisUrl !== undefined) {
      const { onFollowed } = deps
      buses.#redis = await RedisBus.open({
        ...{ redisUrl, service, ping, onFollowed, log },
        onHint: (payload) => {
          buses.#hear(payload, true)
        },
        onChange: () => {
          buses.#tellPeers() // at once: they have to send by the other bus
          deps.onMissed()
        },
      })
    }
    try {
      buses.#notify = await NotifyBus.open({
        ...{ databaseUrl, busyTimeoutMs, server, ping, onLost: deps.onLost, log },
        onHint: (payload) => {
          buses.#hear(payload, false)
        },
        onTick: (isDeaf) => {
          deps.onTick(isDeaf || buses.peers.isOneSilent())
        },
      })
    } catch (error) {
      buses.#redis?.close()
      throw error
    }
    return buses
  }

  get state(): Omit<BusState, 'droppedEvents'> {
    const [notify, redis] = [this.#notify?.isOpen === true, this.#redis?.isOpen]
    const heardAgoMs = this.#notify?.heardAgoMs ?? 0
    return { notify, redis, heardAgoMs, peers: this.peers.count(), ...this.#counts }
  }

  /** The payloads of hints for a NOTIFY within a transaction. */
  write(lists: Pick<Hint, 'sessions' | 'continued' | 'rights'>): string[] {
    return this.#writer.write(lists)
  }

  /** Rejects where no bus could send it. */
  async send({ rooms, sessions, events }: Told): Promise<void> {
    const own = sessions.length + events.length > 0 ? this.#writer.write({ sessions, events }) : []
    const shared = [...this.#doubtful.splice(0), ...own]
    const isByRedis = await this.#sendByRedis(rooms, shared)
    if (isByRedis && this.peers.allHearRedis()) return
    const ofRooms = rooms.length > 0 ? this.#writer.write({ rooms }) : []
    try {
      await this.#notify?.send([...ofRooms, ...shared])
      this.#counts.sentByNotify++
    } catch (error) {
      this.#doubtful.push(...shared.slice(-MAX_DOUBTFUL))
      if (!isByRedis) throw error
    }
  }

  /** Whether there are hints that perhaps did not reach everybody, and go with the next ones. */
  get hasDoubtful(): boolean {
    return this.#doubtful.length > 0
  }

  /** A room has connections at this process, or no longer. */
  readonly follow = (room: string, isOpen: boolean): void => {
    this.#redis?.follow(room, isOpen)
  }

  /** Says that this process ends. @param graceMs how long that may take */
  async close(graceMs: number): Promise<void> {
    const last = this.#writer.write({}, { isLast: true })
    const said = Promise.allSettled([this.#redis?.send(last), this.#notify?.send(last)])
    await settledWithin(said, graceMs)
    this.#redis?.close()
    await this.#notify?.close()
  }

  async #sendByRedis(rooms: readonly string[], shared: readonly string[]): Promise<boolean> {
    const redis = this.#redis
    const wasByRedis = this.#wasByRedis
    this.#wasByRedis = false
    if (redis?.isOpen !== true) return false
    if (shared.length > 0 && !wasByRedis) await pass(SWITCH_MS)
    try {
      await Promise.all([
        redis.send(shared),
        redis.sendRooms(rooms, (own) => this.#writer.write({ rooms: own })),
      ])
      this.#counts.sentByRedis++
      this.#wasByRedis = true
      return true
    } catch {
      this.#counts.failovers++
      return false
    }
  }

  #ping(): string {
    return this.#writer.write({}, { hearsRedis: this.#redis?.isOpen === true })[0] ?? ''
  }

  #tellPeers(): void {
    this.#notify?.send([this.#ping()]).catch(() => undefined) // as with each ping
  }

  #hear(payload: string, isFromRedis: boolean): void {
    const hint = readHint(payload)
    if (!hint) return
    if (hint.node === this.#deps.node) {
      if (isFromRedis && hint.hearsRedis !== undefined) this.#redis?.heardPing()
      return
    }
    if (this.peers.heard(hint)) this.#tellPeers()
    if (this.#seen.has(hint)) return
    if (tellsSomething(hint)) this.#counts.heard++
    this.#deps.onHint(hint)
  }
}

/** Whether a hint is more than a ping. */
function tellsSomething({ rooms, sessions, rights, events }: Hint): boolean {
  return [rooms, sessions, rights, events].some((list) => list !== undefined)
}
