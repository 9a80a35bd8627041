import { parentPort, workerData } from 'node:worker_threads'
import { CompiledQuery } from 'kysely'
import type { LimitName } from '../../shared/limits.js'
import { noMetrics } from '../../shared/metrics.js'
import type { LoneTransaction, Outcome } from '../runGroup.js'
import { createSessionClock } from '../sessionClock.js'
import { createStoreBounds } from '../storeBounds.js'
import { openDatabase } from './openDatabase.js'
import type { Database } from './openDatabase.js'
import { createSqliteWriter } from './sqliteWriter.js'
import { selectDataVersion } from './storeQueries.js'
import { packError } from './threadMessages.js'
import type { SentRequest, ThreadReply, ThreadSettings } from './threadMessages.js'
import type { Write } from './writes.js'

/** Runs in the thread of a store: executes all writes to its file, and the queries of an app. */
class StoreThread {
  readonly #database: Database
  readonly #writer: ReturnType<typeof createSqliteWriter>
  readonly #transactions = new Map<number, LoneTransaction>()
  #lastTransaction = 0
  #refused: LimitName[] = []
  /** The last state that the event loop sent, and when it arrived by this thread's clock. */
  #told = { now: Date.now(), isFull: false, at: performance.now() }

  constructor(database: Database, settings: ThreadSettings) {
    const { node, limits } = settings
    const clock = createSessionClock(settings, () => this.#now())
    const metrics = {
      ...noMetrics,
      refused: (limit: LimitName) => {
        this.#refused.push(limit)
      },
    }
    const bounds = createStoreBounds(this, limits, metrics)
    this.#database = database
    this.#writer = createSqliteWriter(database, { node, clock, limits, bounds })
  }

  /** Whether the store is full. */
  get isFull(): boolean {
    return this.#told.isFull
  }

  async answer(request: SentRequest): Promise<ThreadReply> {
    const { id } = request
    if ('now' in request) {
      const { now, isFull } = request
      this.#told = { now, isFull, at: performance.now() }
    }
    let reply: ThreadReply
    try {
      reply = { id, value: await this.#run(request) }
    } catch (error) {
      reply = { id, error: packError(error) }
    }
    if (this.#refused.length === 0) return reply
    const refused = this.#refused
    this.#refused = []
    return { ...reply, refused }
  }

  #run(request: SentRequest): Promise<unknown> {
    switch (request.op) {
      case 'commit':
        return this.#commit(request.group)
      case 'begin':
        return this.#begin()
      case 'write':
        return this.#transaction(request.transaction).run(JSON.parse(request.write) as Write) // by the link
      case 'query':
        return this.#query(request)
      case 'end':
        return this.#end(request.transaction)
      case 'rollBack':
        return this.#rollBack(request.transaction)
      case 'readVersion':
        return selectDataVersion(this.#database)
      case 'close':
        return this.#database.destroy()
    }
  }

  async #commit(group: string): Promise<string> {
    const outcomes = await this.#writer.commit(JSON.parse(group) as Write[]) // by the link
    return JSON.stringify(outcomes.map(packOutcome))
  }

  async #begin(): Promise<number> {
    const transaction = await this.#writer.begin()
    this.#lastTransaction++
    this.#transactions.set(this.#lastTransaction, transaction)
    return this.#lastTransaction
  }

  #query({
    transaction,
    sql,
    parameters,
  }: Extract<SentRequest, { op: 'query' }>): Promise<unknown> {
    const query = CompiledQuery.raw(sql, [...parameters])
    if (transaction === undefined) return this.#database.executeQuery(query)
    return this.#transaction(transaction).database.withTables().executeQuery(query)
  }

  #transaction(number: number): LoneTransaction {
    const transaction = this.#transactions.get(number)
    if (!transaction) throw new Error('The transaction has ended')
    return transaction
  }

  /** Commits. A transaction whose commit fails is still there to be rolled back. */
  async #end(number: number): Promise<void> {
    await this.#transaction(number).commit()
    this.#transactions.delete(number)
  }

  #rollBack(number: number): Promise<void> {
    const transaction = this.#transaction(number)
    this.#transactions.delete(number)
    return transaction.rollBack()
  }

  /** The time of the event loop, which a test may have set, plus the time since it was sent. */
  #now(): number {
    const { now, at } = this.#told
    return now + Math.round(performance.now() - at)
  }
}

function packOutcome(outcome: Outcome): object {
  return 'error' in outcome ? { error: packError(outcome.error) } : outcome
}

async function start(): Promise<void> {
  const settings = workerData as ThreadSettings // passed by ThreadLink
  const { databaseUrl, limits } = settings
  const post = (reply: ThreadReply): void => {
    parentPort?.postMessage(reply)
  }
  let database: Database
  try {
    database = await openDatabase(databaseUrl, limits.databaseBusyTimeoutMs)
  } catch (error) {
    post({ id: 0, error: packError(error) })
    return
  }
  const thread = new StoreThread(database, settings)
  parentPort?.on('message', (request: SentRequest) => {
    void thread.answer(request).then((reply) => {
      post(reply)
      if (request.op === 'close') parentPort?.close()
    })
  })
  post({ id: 0 })
}

await start()
