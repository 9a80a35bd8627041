import type { ErrorCode } from '@yektayar/protocol'
import type { CommandSender } from '../commands/commandSender.js'
import { askedDelay, retryDelay } from '../connection/backoff.js'
import { errorFromServer } from '../shared/errorFromServer.js'
import { OUTBOX_MAX_UNREAD, OUTBOX_WINDOW } from '../shared/limits.js'
import { afterThis } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { OutboxItemState } from './clientOutbox.js'
import { deliverBatch } from './deliverBatch.js'
import type { DeliveryResult } from './deliverBatch.js'
import { nextBatch } from './nextBatch.js'
import { NumberedEntries } from './numberedEntries.js'
import type { NumberedEntriesDeps } from './numberedEntries.js'
import { isSending, isSettled } from './outboxEntry.js'
import type { OutboxEntry } from './outboxEntry.js'

/** After these codes, the outbox does not belong to the session. */
const ownershipLostCodes: readonly ErrorCode[] = ['forbidden', 'unauthorized']

/** With these codes, a server refuses a whole packet for one of its items. */
const packetCodes: readonly ErrorCode[] = ['invalid_input', 'payload_too_large']

/** The outcome of an item. */
export interface Outcome {
  readonly error?: YektaYarError
  readonly data?: unknown
}

/** What a queue needs from its outbox. */
export interface SendQueueDeps extends NumberedEntriesDeps {
  readonly commands: CommandSender
  /** The signed-in user, so that their items are not delivered as another user's. */
  readonly user: string | undefined
  readonly options: {
    readonly callTimeoutMs: number
    readonly retryDelayMs: number
    readonly retryDelayMaxMs: number
  }
  /** Sets an item's state and notifies listeners. */
  setState(item: OutboxEntry, state: OutboxItemState, outcome?: Outcome): void
  /** Called when the server answered that an item took effect; its result is not validated yet. */
  onDelivered(item: OutboxEntry, data: unknown): void
  /** Called when items got other numbers. They are not ready until the numbers are stored. */
  onRenumbered(items: readonly OutboxEntry[]): void
  /** Called when the server answers that the outbox belongs to another session. */
  onOwnershipLost(queue: SendQueue): void
}

/**
 * Sends the numbered items of one outbox id: in order, at most 32 of them unanswered, and again
 * from the oldest whenever their outcome is unknown.
 */
export class SendQueue {
  readonly #deps: SendQueueDeps
  /** All items without an answer. */
  readonly #items: NumberedEntries
  /** The items that were sent and whose answers are awaited. */
  readonly #inFlight = new Set<OutboxEntry>()
  /** Incremented when the answers to sent batches are no longer awaited. */
  #generation = 0
  /** Whether a copy uses the same id. Items that have certainly not run move to a new id then. */
  #isForked = false
  /** The maximum number of items in a batch; reduced when the server's rate limit is lower. */
  #batchSize = OUTBOX_WINDOW
  #retries = 0
  #pause: ReturnType<typeof setTimeout> | undefined
  #isWoken = false

  constructor(deps: SendQueueDeps) {
    this.#deps = deps
    this.#items = new NumberedEntries(deps)
  }

  get isEmpty(): boolean {
    return this.#items.all.length === 0
  }

  /** Gives an item the next number. */
  add(item: OutboxEntry): void {
    this.#items.add(item)
  }

  /** Takes over the items of a closed page. The own items are appended. */
  adopt(outbox: string, items: readonly OutboxEntry[]): void {
    this.#items.adopt(outbox, items)
  }

  /** Sends unanswered items again, over a new connection. */
  resume(): void {
    this.#rewind()
    this.#flush()
  }

  /** Sends items after the running code, so that items queued together share a batch. */
  wake(): void {
    if (this.#isWoken) return
    this.#isWoken = true
    afterThis(() => {
      this.#flush()
    })
  }

  /** Empties the queue, which continues under another id. Returns the removed items. */
  drain(): readonly OutboxEntry[] {
    const items = this.#items.all
    this.#rewind()
    this.#startAnew([])
    return items
  }

  #flush(): void {
    this.#isWoken = false
    if (this.#isForked && !this.#items.all.some(isSending)) this.#renew()
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch())
      void this.#send(batch)
  }

  #nextBatch(): OutboxEntry[] {
    if (this.#pause || this.#deps.commands.connection.state.status !== 'connected') return []
    return nextBatch({
      items: this.#items.all,
      inFlight: this.#inFlight,
      isForked: this.#isForked,
      batchSize: this.#batchSize,
    })
  }

  async #send(batch: readonly OutboxEntry[]): Promise<void> {
    const { commands, options } = this.#deps
    const id = this.#items.id
    const generation = this.#generation
    const fresh = batch.filter(({ snapshot }) => snapshot.state === 'queued')
    for (const item of batch) this.#inFlight.add(item)
    for (const item of fresh) if (!isSettled(item)) this.#deps.setState(item, 'sending')
    if (id !== this.#items.id) return // a listener has emptied the queue

    const { user } = this.#deps
    const result = await deliverBatch(commands, id, batch, {
      user,
      timeoutMs: options.callTimeoutMs,
    })
    if (id !== this.#items.id) return
    if ('answers' in result) this.#answered(batch, result)
    if (generation !== this.#generation) return
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

  #answered(
    batch: readonly OutboxEntry[],
    { answers, requestId }: Extract<DeliveryResult, { answers: unknown }>,
  ): void {
    const id = this.#items.id
    for (const item of batch) {
      const answer = answers.get(item.n)
      if (answer === undefined || id !== this.#items.id || !this.#items.all.includes(item)) continue
      this.#inFlight.delete(item)
      const { ok, data, error } = propertiesOf(answer)
      if (ok !== true && propertiesOf(error).code === 'outbox_forked' && !isSettled(item)) {
        this.#isForked = true
        this.#requeue([item])
        continue
      }
      this.#items.remove(item)
      if (isSettled(item)) continue
      if (ok === true) this.#deps.onDelivered(item, data)
      else {
        const failure = errorFromServer(item.snapshot.name, ok === false ? error : undefined)
        failure.requestId = requestId
        this.#deps.setState(item, 'failed', { error: failure })
      }
    }
  }

  /**
   * Handles items without a readable answer. They are sent again in smaller batches, so that only
   * the faulty item fails, after a few tries.
   */
  #unread(items: readonly OutboxEntry[]): void {
    if (items.length > 1) this.#batchSize = Math.ceil(items.length / 2)
    const [item] = items
    if (!item || items.length > 1 || ++item.unread < OUTBOX_MAX_UNREAD) return
    this.#inFlight.delete(item)
    this.#items.remove(item)
    const error = errorFromServer(item.snapshot.name, undefined, 'no readable answer')
    this.#deps.setState(item, 'failed', { error })
  }

  /** Handles that the server expects another number, which may be in the queue or not. */
  #skipTo(expected: number): void {
    if (expected >= (this.#items.all[0]?.n ?? 0) && expected <= this.#items.next) {
      // Later items wait with those whose numbers the copy has taken, which keeps their order.
      if (this.#isForked) this.#requeue(this.#items.all.filter(({ n }) => n >= expected))
      this.#retry()
      return
    }
    this.#requeue(this.#items.all) // the server has not reached their numbers, so none has run
    this.#renew()
  }

  #failed(
    batch: readonly OutboxEntry[],
    fresh: readonly OutboxEntry[],
    error: YektaYarError,
  ): void {
    const { connection } = this.#deps.commands
    if (ownershipLostCodes.includes(error.code)) {
      this.#deps.onOwnershipLost(this)
      return
    }
    if (error.code === 'token_invalid') {
      connection.drop() // the next attempt shows whether the session is valid
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
      this.#retry(Number(propertiesOf(error.data).retryAfterMs) || undefined)
      return
    }
    if (batch.length > 1 && packetCodes.includes(error.code)) {
      this.#batchSize = Math.ceil(batch.length / 2) // so that the faulty item fails alone
      this.#rewind()
      this.#flush()
      return
    }
    for (const item of batch) {
      this.#inFlight.delete(item)
      this.#items.remove(item)
      if (isSettled(item)) continue
      const { code, message, hint, data } = error
      const mayHaveRun = !fresh.includes(item) // then an earlier try may have run
      const outcome = new YektaYarError(code, message, { hint, mayHaveRun, data, cause: error })
      this.#deps.setState(item, 'failed', { error: outcome })
    }
    this.#flush()
  }

  /** Sends again from the oldest item after a pause; without a connection, resume() does it. */
  #retry(askedMs?: number): void {
    const { commands, options } = this.#deps
    const { connection } = commands
    this.#rewind()
    if (connection.state.status !== 'connected') return
    const usualMs = retryDelay(this.#retries++, options.retryDelayMs, options.retryDelayMaxMs)
    const delayMs = askedMs ? askedDelay(askedMs) : usualMs
    connection.trace?.({ type: 'outbox-retry', delayMs })
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#flush()
    }, delayMs)
  }

  #rewind(): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#generation++
    this.#inFlight.clear()
  }

  /** Moves all items to a new outbox id. Called only when none of them can have run. */
  #renew(): void {
    const items = this.#items.all.filter((item) => !isSettled(item))
    this.#startAnew(items)
    this.#deps.onRenumbered(items)
    this.#retry()
  }

  #startAnew(items: readonly OutboxEntry[]): void {
    this.#isForked = false
    this.#items.startAnew(items)
  }

  #requeue(items: readonly OutboxEntry[]): void {
    for (const item of items) if (isSending(item)) this.#deps.setState(item, 'queued')
  }
}
