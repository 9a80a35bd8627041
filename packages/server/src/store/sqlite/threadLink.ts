import { Worker } from 'node:worker_threads'
import type { FastifyBaseLogger } from 'fastify'
import type { LimitName } from '../../shared/limits.js'
import { settledWithin } from '../../shared/settledWithin.js'
import { databaseClosed, threadEnded } from '../storeFailure.js'
import { threadFile } from './threadFile.js'
import { unpackError } from './threadMessages.js'
import type { SentRequest, ThreadReply, ThreadRequest, ThreadSettings } from './threadMessages.js'

/** The backoff before a thread that ended by itself is restarted; it doubles up to the maximum. */
const MIN_RESTART_MS = 50
const MAX_RESTART_MS = 5_000

/** A thread that ran for this long was healthy, which resets the backoff. */
const HEALTHY_MS = 60_000

/**
 * The memory for new objects of the thread, in MiB. Nothing outlives its group, so that more would be
 * filled, and kept, but never used again; Node's default is 48.
 */
const YOUNG_MB = 6

/** What a link to a thread needs. */
export interface ThreadLinkDeps {
  settings: ThreadSettings
  /** Called for each request that failed. */
  onFailure(this: void, error: unknown): void
  /** Called for each refusal by a limit in the thread. */
  onRefused(this: void, limit: LimitName): void
  log: FastifyBaseLogger
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * Sends requests to the thread of a store, in the order of the calls. A thread that ends by itself
 * is restarted. Its pending requests are rejected, since it is unknown whether they took effect.
 */
export class ThreadLink {
  readonly #deps: ThreadLinkDeps
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #worker: Worker | undefined
  #startedAt = 0
  #restartMs = MIN_RESTART_MS
  #restart: NodeJS.Timeout | undefined
  #isOpen = false
  #isClosed = false

  private constructor(deps: ThreadLinkDeps) {
    this.#deps = deps
  }

  /** Starts the thread, which opens the store. Throws what the thread throws. */
  static async open(deps: ThreadLinkDeps): Promise<ThreadLink> {
    const link = new ThreadLink(deps)
    await link.#start()
    link.#isOpen = true
    return link
  }

  /** @throws what the thread throws, or a store failure if there is no thread */
  async ask<Value>(request: ThreadRequest): Promise<Value> {
    try {
      return (await this.#send(request)) as Value // the thread's answer to this request
    } catch (error) {
      this.#deps.onFailure(error)
      throw error
    }
  }

  /** Closes the store, and ends the thread. */
  async close(waitMs: number): Promise<void> {
    if (this.#isClosed) return
    const worker = this.#worker
    const closing = worker && this.#send({ op: 'close' })
    this.#isClosed = true
    clearTimeout(this.#restart)
    if (!worker) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    await settledWithin(Promise.allSettled([closing, ended]), waitMs)
    await worker.terminate()
  }

  #send(request: ThreadRequest): Promise<unknown> {
    const worker = this.#worker
    if (this.#isClosed) return Promise.reject(databaseClosed())
    if (!worker) return Promise.reject(threadEnded())
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      const sent: SentRequest = { ...request, id }
      worker.postMessage(sent) // throws for values that cannot be cloned
      this.#wait(id, { resolve, reject })
    })
  }

  /** Adds a pending request. While there is one, the thread keeps the process running. */
  #wait(id: number, waiting: Waiting): void {
    this.#waiting.set(id, waiting)
    if (this.#waiting.size === 1) this.#worker?.ref()
  }

  #settle({ id, value, error, refused = [] }: ThreadReply): void {
    for (const limit of refused) this.#deps.onRefused(limit)
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#worker?.unref()
    if (error) waiting?.reject(unpackError(error))
    else waiting?.resolve(value)
  }

  /** Resolves once the store is open. */
  #start(): Promise<unknown> {
    const worker = new Worker(threadFile, {
      name: 'store',
      workerData: this.#deps.settings,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    this.#worker = worker
    this.#startedAt = performance.now()
    let failure: unknown
    worker.on('message', (reply: ThreadReply) => {
      this.#settle(reply)
    })
    worker.on('error', (error) => {
      failure = error
    })
    const opened = new Promise((resolve, reject) => {
      this.#wait(0, { resolve, reject })
    })
    worker.on('exit', () => {
      this.#ended(worker, failure)
    })
    return opened
  }

  #ended(worker: Worker, failure: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const one of waiting) one.reject(failure ?? threadEnded())
    if (this.#isClosed || !this.#isOpen) return
    const { log } = this.#deps
    log.error({ err: failure }, 'the thread of the store has ended by itself; restarting it')
    const isHealthy = performance.now() - this.#startedAt > HEALTHY_MS
    this.#restartMs = isHealthy ? MIN_RESTART_MS : Math.min(this.#restartMs * 2, MAX_RESTART_MS)
    this.#restart = setTimeout(() => {
      this.#start().catch((error: unknown) => {
        log.error({ err: error }, 'the thread of the store could not open the store')
      })
    }, this.#restartMs)
    this.#restart.unref()
  }
}
