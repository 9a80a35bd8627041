import type { ErrorCode } from '@yektayar/protocol'
import { retryDelay } from '../connection/backoff.js'
import type { Connection } from '../connection/connection.js'
import { answerError } from '../shared/errorFromServer.js'
import { MAX_RETRY_AFTER_MS, OUTBOX_MAX_UNREAD, OUTBOX_WINDOW } from '../shared/limits.js'
import { fieldsOf } from '../shared/propertiesOf.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { OutboxItemState } from './clientOutbox.js'
import { deliver } from './deliverBatch.js'
import { nextBatch } from './nextBatch.js'
import { isOver, isSending, notSent, randomId } from './outboxEntry.js'
import type { QueuedItem, SentKey } from './outboxEntry.js'

/** After these, the outbox is not the session's. */
const foreignCodes: readonly ErrorCode[] = ['forbidden', 'unauthorized']

/** How an item ended. */
export interface Outcome {
  readonly error?: YektaYarError
  readonly data?: unknown
}

/** What a queue asks of the outbox that it belongs to. */
export interface QueueHost {
  readonly connection: Connection
  /** Who is signed in: what is theirs is not delivered as somebody else's. */
  readonly user: string | undefined
  readonly options: {
    readonly callTimeoutMs: number
    readonly retryDelayMs: number
    readonly retryDelayMaxMs: number
  }
  /** Writes an item's state and tells everybody. */
  write(item: QueuedItem, state: OutboxItemState, outcome?: Outcome): void
  /** The server has answered that an item took effect; its result is still to be checked. */
  delivered(item: QueuedItem, data: unknown): void
  /** Items got other numbers, and are not ready before those are stored. */
  moved(items: readonly QueuedItem[]): void
  /** The server says that the outbox belongs to another session. */
  disowned(queue: OutboxQueue): void
}

/**
 * The numbered items of one outbox id, on their way to the server: in order, at most 32 of them
 * without an answer, and again from the oldest whenever it is not known what became of them.
 */
export class OutboxQueue {
  readonly #host: QueueHost
  #id = randomId()
  #next = 1
  /** Of the item with the number before the next one. */
  #lastSent: SentKey | undefined
  /** Every number that has no answer, ascending. */
  #items: QueuedItem[] = []
  /** Those of them that are sent, and waited for. */
  readonly #inFlight = new Set<QueuedItem>()
  /** Raised when what was sent is not waited for any more. */
  #turn = 0
  /** Somebody else uses the id too: what the server has certainly not run goes on under another. */
  #isForked = false
  /** Items of a packet at the most: fewer where the server's rate does not admit as many at once. */
  #batchSize = OUTBOX_WINDOW
  #retries = 0
  #pause: ReturnType<typeof setTimeout> | undefined
  #isWoken = false

  constructor(host: QueueHost) {
    this.#host = host
  }

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  /** Gives an item the next number. */
  add(item: QueuedItem): void {
    item.outbox = this.#id
    item.n = this.#next++
    item.sent = notSent()
    item.before = this.#lastSent
    this.#lastSent = item.sent
    this.#items.push(item)
    const { n, bytes, snapshot } = item
    this.#host.connection.trace?.({ type: 'outbox-queued', n, name: snapshot.name, bytes })
  }

  /** Goes on with the items of a page that is gone; what is here already follows them. */
  adopt(outbox: string, items: readonly QueuedItem[]): void {
    const own = this.#items
    this.#id = outbox
    this.#items = [...items]
    for (const [index, item] of items.entries()) {
      const last = items[index - 1]
      item.before = last?.n === item.n - 1 ? last.sent : undefined
    }
    this.#lastSent = items.at(-1)?.sent
    this.#next = (items.at(-1)?.n ?? 0) + 1
    for (const item of own) this.add(item)
  }

  /** A connection is there: what was sent over the last one is sent again. */
  resume(): void {
    this.#rewind()
    this.#flush()
  }

  /** Sends what can be sent once the running code is done, so that it travels together. */
  wake(): void {
    if (this.#isWoken) return
    this.#isWoken = true
    queueMicrotask(() => {
      this.#flush()
    })
  }

  /** Empties the queue, which goes on under another id, and hands over what was in it. */
  drain(): QueuedItem[] {
    const items = this.#items
    this.#rewind()
    this.#startAnew([])
    return items
  }

  #flush(): void {
    this.#isWoken = false
    if (this.#isForked && !this.#items.some(isSending)) this.#renew()
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch())
      void this.#send(batch)
  }

  #nextBatch(): QueuedItem[] {
    if (this.#pause || this.#host.connection.state.status !== 'connected') return []
    return nextBatch({
      items: this.#items,
      inFlight: this.#inFlight,
      isForked: this.#isForked,
      batchSize: this.#batchSize,
    })
  }

  async #send(batch: readonly QueuedItem[]): Promise<void> {
    const { connection, options } = this.#host
    const id = this.#id
    const turn = this.#turn
    const fresh = batch.filter(({ snapshot }) => snapshot.state === 'queued')
    for (const item of batch) this.#inFlight.add(item)
    for (const item of fresh) if (!isOver(item)) this.#host.write(item, 'sending')
    if (id !== this.#id) return // a listener has emptied the queue

    const { user } = this.#host
    const result = await deliver(connection, id, batch, { user, timeoutMs: options.callTimeoutMs })
    if (id !== this.#id) return
    if ('answers' in result) this.#answered(batch, result.answers)
    if (turn !== this.#turn) return
    if ('answers' in result) {
      this.#retries = 0
      this.#batchSize = Math.min(this.#batchSize * 2, OUTBOX_WINDOW)
      const missed = batch.filter((item) => this.#inFlight.has(item))
      this.#unread(missed)
      if (missed.some((item) => this.#inFlight.has(item))) this.#retry()
      else this.#flush()
      return
    }
    if ('expected' in result) {
      this.#skipTo(result.expected)
      return
    }
    if (!result.error.mayHaveRun) this.#requeue(fresh)
    this.#failed(batch, fresh, result.error)
  }

  #answered(batch: readonly QueuedItem[], answers: ReadonlyMap<number, unknown>): void {
    const id = this.#id
    for (const item of batch) {
      const answer = answers.get(item.n)
      if (answer === undefined || id !== this.#id || !this.#items.includes(item)) continue
      this.#inFlight.delete(item)
      const { ok, data, error } = fieldsOf(answer)
      if (ok !== true && fieldsOf(error).code === 'outbox_forked' && !isOver(item)) {
        this.#isForked = true
        this.#requeue([item])
        continue
      }
      this.#remove(item)
      if (isOver(item)) continue
      if (ok === true) this.#host.delivered(item, data)
      else {
        const failure = answerError(item.snapshot.name, ok === false ? error : undefined)
        this.#host.write(item, 'failed', { error: failure })
      }
    }
  }

  /**
   * Items were left out of an answer, or it could not be read. They are sent again in smaller
   * packets, so that only the one at fault fails, and not for ever.
   */
  #unread(items: readonly QueuedItem[]): void {
    if (items.length > 1) this.#batchSize = Math.ceil(items.length / 2)
    const [item] = items
    if (!item || items.length > 1 || ++item.unread < OUTBOX_MAX_UNREAD) return
    this.#inFlight.delete(item)
    this.#remove(item)
    const error = answerError(item.snapshot.name, undefined, 'no answer that can be read')
    this.#host.write(item, 'failed', { error })
  }

  /** The server waits for another number: one that is here, or one that never will be. */
  #skipTo(expected: number): void {
    if (expected >= (this.#items[0]?.n ?? 0) && expected <= this.#next) {
      // What the copy has not reached waits with what it has taken, so that their order holds.
      if (this.#isForked) this.#requeue(this.#items.filter(({ n }) => n >= expected))
      this.#retry()
      return
    }
    this.#requeue(this.#items) // their numbers are not reached, so none has run
    this.#renew()
  }

  #failed(batch: readonly QueuedItem[], fresh: readonly QueuedItem[], error: YektaYarError): void {
    const { connection } = this.#host
    if (foreignCodes.includes(error.code)) {
      this.#host.disowned(this)
      return
    }
    if (error.code === 'token_invalid') {
      connection.drop() // the next attempt finds out what became of the session
      return
    }
    if (error.code === 'rate_limited') this.#batchSize = Math.ceil(batch.length / 2)
    if (error.code === 'invalid_answer') {
      this.#unread(batch)
      if (!batch.some((item) => this.#inFlight.has(item))) {
        this.#flush()
        return
      }
    }
    if (error.retryable || error.mayHaveRun) {
      this.#retry(Number(fieldsOf(error.data).retryAfterMs) || undefined)
      return
    }
    for (const item of batch) {
      this.#inFlight.delete(item)
      this.#remove(item)
      if (isOver(item)) continue
      const { code, message, hint, data } = error
      const mayHaveRun = !fresh.includes(item) // then it was sent before, and is not known
      const outcome = new YektaYarError(code, message, { hint, mayHaveRun, data, cause: error })
      this.#host.write(item, 'failed', { error: outcome })
    }
    this.#flush()
  }

  /** Waits, then sends again from the oldest; without a connection the next one does that. */
  #retry(askedMs?: number): void {
    const { connection, options } = this.#host
    this.#rewind()
    if (connection.state.status !== 'connected') return
    const usualMs = retryDelay(this.#retries++, options.retryDelayMs, options.retryDelayMaxMs)
    const delayMs = Math.min(askedMs ?? usualMs, MAX_RETRY_AFTER_MS)
    connection.trace?.({ type: 'outbox-retry', delayMs })
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#flush()
    }, delayMs)
  }

  #rewind(): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#turn++
    this.#inFlight.clear()
  }

  /** What has certainly not run goes on under a fresh id; a number that stays unused is not needed. */
  #renew(): void {
    const items = this.#items.filter((item) => !isOver(item))
    this.#startAnew(items)
    this.#host.moved(items)
    this.#retry()
  }

  #startAnew(items: readonly QueuedItem[]): void {
    this.#id = randomId()
    this.#next = 1
    this.#lastSent = undefined
    this.#items = []
    this.#isForked = false
    for (const item of items) this.add(item)
  }

  #requeue(items: readonly QueuedItem[]): void {
    for (const item of items) if (isSending(item)) this.#host.write(item, 'queued')
  }

  #remove(item: QueuedItem): void {
    const index = this.#items.indexOf(item)
    if (index >= 0) this.#items.splice(index, 1)
  }
}
