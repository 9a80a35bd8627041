import type { RoomMessage } from '@yektayar/protocol'
import { validatePayload } from '../commands/validatePayload.js'
import type { Connection } from '../connection/connection.js'
import { Authorship } from '../session/authorship.js'
import type { Session } from '../session/session.js'
import { isReplaced } from '../session/sessionState.js'
import { startDeadline } from '../shared/deadline.js'
import type { DeadlineCode } from '../shared/deadline.js'
import { Emitter } from '../shared/emitter.js'
import type { Unsubscribe } from '../shared/emitter.js'
import { markHandled } from '../shared/markHandled.js'
import type { CallOptions, ResolvedOptions } from '../shared/options.js'
import { resolveServerUrl } from '../shared/serverUrl.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { ClientOutbox, OutboxItem, OutboxItemState, OutboxStorage } from './clientOutbox.js'
import type { StoredItem } from './encryptedItemStore.js'
import { OutboxEntries } from './outboxEntries.js'
import { createItem, isSettled, restoreItem, waitForEnd } from './outboxEntry.js'
import type { OutboxEntry } from './outboxEntry.js'
import { outboxError } from './outboxError.js'
import type { EndCode } from './outboxError.js'
import { outboxFacade } from './outboxFacade.js'
import { OutboxPersistence } from './outboxPersistence.js'
import { SendQueue } from './sendQueue.js'
import type { Outcome, SendQueueDeps } from './sendQueue.js'

/** The outbox of a client: takes items, tracks them until they are settled, and reports changes. */
export class Outbox implements ClientOutbox, SendQueueDeps {
  /** The object that an app gets. */
  readonly facade = outboxFacade(this)
  readonly options: ResolvedOptions
  readonly connection: Connection
  readonly authorship: Authorship
  readonly #session: Session
  readonly #emitter = new Emitter<OutboxItem | undefined>()
  readonly #persistence: OutboxPersistence
  readonly #items: OutboxEntries
  readonly #queue = new SendQueue(this)
  /** The queues that were taken over from closed pages and are not empty yet. */
  #orphans: SendQueue[] = []
  #isOpen = false

  constructor(options: ResolvedOptions, connection: Connection, session: Session) {
    this.options = options
    this.connection = connection
    this.authorship = new Authorship(session)
    this.#session = session
    session.onOver((next) => {
      this.end(isReplaced(next))
    })
    this.#persistence = new OutboxPersistence(options.outbox.persist === 'indexeddb', () => {
      options.trace?.({ type: 'outbox-storage', storage: this.storage })
      this.#emitter.emit('', undefined)
    })
    this.#items = new OutboxEntries(options.outbox, (expired) => {
      for (const item of expired) this.#fail(item, 'outbox_expired', 'not delivered in time')
      this.#wake()
    })
    connection.state.onChange(({ from, to }) => {
      if (to !== 'connected' || from === to) return
      for (const queue of this.#queues()) queue.resume()
    })
  }

  get user(): string | undefined {
    return this.#session.identity.user
  }

  get storage(): OutboxStorage {
    return this.#persistence.storage
  }

  list(): readonly OutboxItem[] {
    return this.#items.all().map(({ snapshot }) => snapshot)
  }

  onChange(listener: (item: OutboxItem | undefined) => void): Unsubscribe {
    return this.#emitter.on('', listener)
  }

  retry(id: string): Promise<unknown> {
    const item = this.#items.get(id)
    if (item?.snapshot.state !== 'failed') {
      const error = new YektaYarError('not_found', 'retry: no such failed item')
      return markHandled(Promise.reject(error))
    }
    return markHandled(this.send(item.snapshot.name, item.snapshot.input, {}, item))
  }

  cancel(id: string): boolean {
    const item = this.#items.get(id)
    if (!item) return false
    if (isSettled(item)) {
      this.#items.delete(id)
      this.#emitter.emit('', undefined)
    } else {
      this.#fail(item, 'aborted', 'given up')
      this.#wake()
    }
    return true
  }

  clear(): void {
    this.end(false)
  }

  /** Opens the storage, if the options ask for one. */
  open(): void {
    if (this.#isOpen || !this.#persistence.isKeeping) return
    this.#isOpen = true
    this.#persistence.open(
      async () => (await resolveServerUrl(this.connection.target.url)) + this.options.basePath,
      (found) => {
        this.#adopt(found)
      },
    )
  }

  /**
   * Queues a command and resolves with its result. The timeout and the signal end the wait. They
   * also end the item, but only if it was not sent yet.
   *
   * @throws {YektaYarError} `outbox_full`, `outbox_expired`, `session_ended`, and codes of calls
   */
  async send(
    name: string,
    input: unknown,
    { timeoutMs, signal }: CallOptions = {},
    replaced?: OutboxEntry,
  ): Promise<unknown> {
    const deadline = startDeadline(timeoutMs, signal)
    try {
      if (signal?.aborted) throw outboxError(name, 'aborted', 'not sent')
      const item = this.#take(createItem(name, input), replaced)
      return await waitForEnd(item, deadline, (code) => this.#leave(item, code))
    } finally {
      deadline.end()
    }
  }

  /**
   * Finds the item of a room message by number and content, and marks it as shown. Only the item's
   * own answer settles it: a copy of the outbox may have sent the same under the same number.
   */
  show(message: RoomMessage): OutboxItem | undefined {
    const item = this.#items.ofMessage(message)
    if (!item) return undefined
    item.shownAs = message.id
    if (isSettled(item)) this.cancel(item.snapshot.id) // given up, but delivered nevertheless
    return item.snapshot
  }

  /** The items of the list that no room message shows. */
  unshown(): readonly OutboxItem[] {
    return this.#items.unshown().map(({ snapshot }) => snapshot)
  }

  /** Ends all items, since their session has ended. They fail, and stay in the list if `isKept`. */
  end(isKept: boolean): void {
    this.#persistence.wipe()
    this.#isOpen = false
    for (const queue of this.#queues()) this.onOwnershipLost(queue)
    this.#orphans = []
    this.authorship.clear()
    if (isKept) return
    this.#items.clear()
    this.#emitter.emit('', undefined)
  }

  onOwnershipLost(queue: SendQueue): void {
    for (const item of queue.drain()) this.#fail(item, 'session_ended', 'the session has ended')
  }

  setNumber(item: OutboxEntry, outbox: string, n: number): void {
    const { bytes, snapshot } = item
    this.#items.setNumber(item, outbox, n)
    this.options.trace?.({ type: 'outbox-queued', n, name: snapshot.name, bytes })
  }

  onRenumbered(items: readonly OutboxEntry[]): void {
    for (const item of items) {
      if (!item.isReady || !this.#persistence.isKeeping) continue
      item.isReady = false
      void this.#store(item)
    }
  }

  setState(item: OutboxEntry, state: OutboxItemState, { error, data }: Outcome = {}): void {
    if (isSettled(item)) return
    if (state === 'sending') this.authorship.add(item.outbox)
    item.snapshot = Object.freeze({ ...item.snapshot, state, error: error ?? null, data })
    if (isSettled(item)) {
      this.#items.finished(item)
      void this.#persistence.save(item)
      const { name } = item.snapshot
      this.options.trace?.({ type: 'outbox-settled', n: item.n, name, code: error?.code ?? null })
    }
    this.#emitter.emit('', item.snapshot)
    if (state === 'delivered') item.waiter?.resolve(data)
    else if (state === 'failed') item.waiter?.reject(error)
  }

  onDelivered(item: OutboxEntry, data: unknown): void {
    if (!this.options.contract) {
      this.setState(item, 'delivered', { data })
      return
    }
    validatePayload(this.options.contract, 'output', item.snapshot.name, data).then(
      (checked) => {
        this.setState(item, 'delivered', { data: checked })
      },
      (error: unknown) => {
        this.setState(item, 'failed', { error: error as YektaYarError }) // it throws nothing else
      },
    )
  }

  #queues(): SendQueue[] {
    return [this.#queue, ...this.#orphans]
  }

  #wake(): void {
    this.#orphans = this.#orphans.filter(({ isEmpty }) => !isEmpty)
    for (const queue of this.#queues()) queue.wake()
  }

  /** @throws {YektaYarError} `outbox_full` */
  #take(item: OutboxEntry, replaced?: OutboxEntry): OutboxEntry {
    const { name } = item.snapshot
    if (!this.#items.hasRoomFor(item)) {
      throw outboxError(name, 'outbox_full', `${this.#items.count} items wait already`)
    }
    this.open()
    if (replaced) this.#items.delete(replaced.snapshot.id)
    this.#items.add(item)
    this.#queue.add(item)
    void this.#prepare(item)
    this.#emitter.emit('', item.snapshot)
    return item
  }

  /** Validates and stores an item, so that it can be sent. */
  async #prepare(item: OutboxEntry): Promise<void> {
    const { name, input } = item.snapshot
    const { contract } = this.options
    try {
      if (contract) await validatePayload(contract, 'input', name, input)
    } catch (error) {
      this.setState(item, 'failed', { error: error as YektaYarError }) // nothing else is thrown in there
    }
    if (this.#persistence.isKeeping) await this.#store(item)
    item.isReady = true
    this.#wake()
  }

  async #store(item: OutboxEntry): Promise<void> {
    let { outbox, n } = { outbox: '', n: 0 }
    while (!isSettled(item) && (outbox !== item.outbox || n !== item.n)) {
      ;({ outbox, n } = item)
      await this.#persistence.save(item)
    }
    item.isReady = true
    this.#wake()
  }

  /** Takes over the items of closed pages; no caller waits for them. */
  #adopt(found: readonly StoredItem[][]): void {
    for (const [index, stored] of found.entries()) {
      const items = stored.map(restoreItem)
      for (const item of items) this.#persistence.markStored(item)
      this.#items.addOlder(items)
      const queue = index === 0 ? this.#queue : new SendQueue(this)
      if (index > 0) this.#orphans.push(queue)
      queue.adopt(stored[0]?.outbox ?? '', items)
      this.authorship.add(stored[0]?.outbox)
    }
    this.#emitter.emit('', undefined)
    this.#wake()
  }

  /** Ends the wait of a caller, and the item if it was not sent yet. */
  #leave(item: OutboxEntry, code: DeadlineCode): YektaYarError {
    if (item.snapshot.state !== 'queued') {
      return new YektaYarError(code, `${item.snapshot.name}: sent, but not answered (${code})`, {
        hint: 'The outbox keeps sending it',
        mayHaveRun: true,
      })
    }
    const error = this.#fail(item, code, 'not sent')
    this.#wake()
    return error
  }

  #fail(item: OutboxEntry, code: EndCode, why: string): YektaYarError {
    const { name, state } = item.snapshot
    const error = outboxError(name, code, why, state === 'sending')
    this.setState(item, 'failed', { error })
    return error
  }
}
