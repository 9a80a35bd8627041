import type { FastifyBaseLogger } from 'fastify'
import type { Redis, RedisOptions } from 'ioredis'
import { inTime } from '../../../shared/inTime.js'
import { OptionError } from '../../../shared/optionError.js'
import { channelsOf } from './redisChannels.js'
import type { RedisChannels } from './redisChannels.js'

/** How often the bus is tested, and how long it may be silent. */
const TICK_MS = 1_000
const DEAF_MS = 2_000

/** How long Redis may take for an answer before the hint goes another way. */
const ANSWER_MS = 250

const CONNECT_MS = 2_000

/** It is reached again at a time between these. */
const RETRY_MS = { least: 200, most: 500 }

/** For how many ticks a channel of rooms is kept that no room needs. */
const IDLE_TICKS = 30

/** What a bus over Redis needs. */
export interface RedisBusDeps {
  redisUrl: string
  /** What tells the services on one Redis apart. */
  service: string
  /** A hint for the test. */
  ping(this: void): string
  onHint(this: void, payload: string): void
  /** From now on, news of these rooms are heard. */
  onFollowed(this: void, rooms: readonly string[]): void
  /** Whether hints are heard has changed. */
  onChange(this: void, isOpen: boolean): void
  log: FastifyBaseLogger
}

/** A channel of rooms. */
interface Shard {
  readonly rooms: Set<string>
  idleTicks: number
}

/**
 * Hints over publish and subscribe of Redis: news of rooms on a channel for each shard of their names,
 * and all other news on one for all. Nothing else of Redis is used.
 */
export class RedisBus {
  readonly #deps: RedisBusDeps
  readonly #channels: RedisChannels
  readonly #publisher: Redis
  readonly #subscriber: Redis
  readonly #shards = new Map<string, Shard>()
  readonly #timer: NodeJS.Timeout
  /** When the last ping was heard; `undefined` where none was since the connection was lost. */
  #heardAt: number | undefined
  #isSubscribed = false
  #wasOpen = false
  #hasWarned = false

  private constructor(deps: RedisBusDeps, RedisClient: RedisClass) {
    this.#deps = deps
    this.#channels = channelsOf(deps.service)
    this.#publisher = new RedisClient(deps.redisUrl, options)
    this.#subscriber = new RedisClient(deps.redisUrl, options)
    for (const client of [this.#publisher, this.#subscriber]) {
      client.on('error', (error: unknown) => {
        this.#warn(error)
      })
      client.on('close', () => {
        this.#lose()
      })
      client.connect().catch(() => undefined) // it tries again by itself
    }
    this.#subscriber.on('ready', () => void this.#subscribe())
    this.#subscriber.on('message', (_channel: string, payload: string) => {
      deps.onHint(payload)
    })
    this.#timer = setInterval(() => {
      this.#tick()
    }, TICK_MS)
    this.#timer.unref()
  }

  /** @throws {OptionError} where the package `ioredis` is missing */
  static async open(deps: RedisBusDeps): Promise<RedisBus> {
    const RedisClient = await loadClient()
    return new RedisBus(deps, RedisClient)
  }

  /** Whether hints are heard, as far as is known. */
  get isOpen(): boolean {
    return this.#heardAt !== undefined && performance.now() - this.#heardAt < DEAF_MS
  }

  /** The ping of this process was heard. */
  heardPing(): void {
    this.#heardAt = performance.now()
    this.#noteChange()
  }

  /** Sends hints that are for everybody. Rejects where Redis does not answer in time. */
  async send(payloads: readonly string[]): Promise<void> {
    await this.#publish(payloads.map((payload) => [this.#channels.all, payload]))
  }

  /** Sends hints of rooms to those who have them open. */
  async sendRooms(rooms: Iterable<string>, write: (rooms: string[]) => string[]): Promise<void> {
    const byChannel = new Map<string, string[]>()
    for (const room of rooms) {
      const channel = this.#channels.ofRoom(room)
      const same = byChannel.get(channel)
      if (same) same.push(room)
      else byChannel.set(channel, [room])
    }
    const hints = [...byChannel].flatMap(([channel, own]) =>
      write(own).map((payload): [string, string] => [channel, payload]),
    )
    await this.#publish(hints)
  }

  /** A room has connections at this process, or no longer. */
  follow(room: string, isOpen: boolean): void {
    const channel = this.#channels.ofRoom(room)
    const shard = this.#shards.get(channel)
    if (!isOpen) shard?.rooms.delete(room)
    else if (shard) {
      shard.rooms.add(room)
      shard.idleTicks = 0
    } else {
      this.#shards.set(channel, { rooms: new Set([room]), idleTicks: 0 })
      void this.#subscribeShards([channel])
    }
  }

  close(): void {
    clearInterval(this.#timer)
    for (const client of [this.#publisher, this.#subscriber]) {
      client.removeAllListeners('close')
      client.disconnect()
    }
  }

  async #publish(hints: readonly (readonly [channel: string, payload: string])[]): Promise<void> {
    const answers = hints.map(([channel, payload]) => this.#publisher.publish(channel, payload))
    try {
      await inTime(ANSWER_MS, Promise.all(answers), () => new Error('Redis does not answer'))
    } catch (error) {
      this.#warn(error)
      this.#lose() // until a ping is heard again
      throw error
    }
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#subscriber.subscribe(this.#channels.all)
      this.#isSubscribed = true
      await this.#subscribeShards([...this.#shards.keys()])
      this.#tick() // a ping
    } catch (error) {
      this.#warn(error)
    }
  }

  /** While Redis is away, nothing happens: all channels are subscribed once it is back. */
  async #subscribeShards(channels: readonly string[]): Promise<void> {
    if (!this.#isSubscribed || channels.length === 0) return
    try {
      await this.#subscriber.subscribe(...channels)
    } catch (error) {
      this.#warn(error)
      return
    }
    const rooms: string[] = []
    for (const channel of channels) {
      rooms.push(...(this.#shards.get(channel)?.rooms ?? []))
    }
    this.#deps.onFollowed(rooms)
  }

  #tick(): void {
    this.#noteChange()
    if (!this.#isSubscribed) return
    this.#forgetIdle()
    this.#publisher.publish(this.#channels.all, this.#deps.ping()).catch(() => undefined) // the ping is missed
  }

  #forgetIdle(): void {
    for (const [channel, shard] of this.#shards) {
      if (shard.rooms.size > 0 || ++shard.idleTicks < IDLE_TICKS) continue
      this.#shards.delete(channel)
      this.#subscriber.unsubscribe(channel).catch(() => undefined) // then it was lost as a whole
    }
  }

  #lose(): void {
    if (this.#subscriber.status !== 'ready') this.#isSubscribed = false
    this.#heardAt = undefined
    this.#noteChange()
  }

  #noteChange(): void {
    const { isOpen } = this
    if (isOpen === this.#wasOpen) return
    this.#wasOpen = isOpen
    if (isOpen) this.#hasWarned = false
    this.#deps.onChange(isOpen)
  }

  /** Once until it works again. The error itself has the command, and so a password or a payload. */
  #warn(error: unknown): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const reason = error instanceof Error ? error.message : String(error)
    this.#deps.log.warn({ reason }, 'Redis cannot be used; PostgreSQL carries the news')
  }
}

const options: RedisOptions = {
  lazyConnect: true,
  connectionName: 'yektayar',
  connectTimeout: CONNECT_MS,
  keepAlive: CONNECT_MS,
  disableClientInfo: true,
  // A hint that cannot be sent now goes another way, and nothing is asked of Redis.
  enableOfflineQueue: false,
  enableReadyCheck: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => RETRY_MS.least + Math.random() * (RETRY_MS.most - RETRY_MS.least),
}

type RedisClass = new (url: string, options: RedisOptions) => Redis

async function loadClient(): Promise<RedisClass> {
  try {
    return (await import('ioredis')).Redis
  } catch (cause) {
    throw new OptionError('redisUrl needs the package ioredis: npm install ioredis', { cause })
  }
}
