import type { RoomMessage } from '@yektayar/protocol'
import type { CommandSender } from '../commands/commandSender.js'
import { validatePayload } from '../commands/validatePayload.js'
import { Authorship } from '../session/authorship.js'
import type { Session } from '../session/session.js'
import { isReplaced } from '../session/sessionState.js'
import { ChangeSignal } from '../shared/changeSignal.js'
import { startDeadline } from '../shared/deadline.js'
import type { DeadlineCode } from '../shared/deadline.js'
import type { Unsubscribe } from '../shared/emitter.js'
import type { CallOptions, ResolvedOptions } from '../shared/options.js'
import { keepSame } from '../shared/readableState.js'
import { resolveServerUrl } from '../shared/serverUrl.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { OutboxItem, OutboxItemState, OutboxSnapshot, OutboxStorage } from './clientOutbox.js'
import { OutboxEntries } from './outboxEntries.js'
import { createItem, isSettled, waitForEnd } from './outboxEntry.js'
import type { OutboxEntry } from './outboxEntry.js'
import { outboxError } from './outboxError.js'
import type { EndCode } from './outboxError.js'
import { outboxFacade } from './outboxFacade.js'
import { OutboxPersistence } from './outboxPersistence.js'
import { SendQueue } from './sendQueue.js'
import type { Outcome, SendQueueDeps } from './sendQueue.js'

/** The outbox of a client: takes items, tracks them until they are settled, and reports changes. */
export class Outbox implements SendQueueDeps {
  /** The object that an app gets. */
  readonly facade = outboxFacade(this)
  readonly options: ResolvedOptions
  readonly commands: CommandSender
  readonly authorship: Authorship
  /** Tells of changes here and in the rooms. */
  readonly changes = new ChangeSignal()
  readonly onChange = (listener: () => void): Unsubscribe => this.changes.on('', listener)
  /** Called at once when an item has changed; without an item, the whole list has. */
  onItem: (item: OutboxItem | undefined) => void = () => undefined
  readonly #session: Session
  #snapshot: OutboxSnapshot | undefined // none once something has changed
  #last: OutboxSnapshot | undefined
  readonly #persistence: OutboxPersistence
  readonly #items: OutboxEntries
  readonly #queue = new SendQueue(this)
  /** The queues that were taken over from closed pages and are not empty yet. */
  #orphans: SendQueue[] = []
  #isOpen = false

  constructor(options: ResolvedOptions, commands: CommandSender, session: Session) {
    this.options = options
    this.commands = commands
    this.authorship = new Authorship(session)
    this.#session = session
    session.onOver((next) => {
      this.end(isReplaced(next))
    })
    this.#persistence = new OutboxPersistence(options.outbox.persist === 'indexeddb', () => {
      options.trace?.({ type: 'outbox-storage', storage: this.storage })
      this.#changed()
    })
    this.#items = new OutboxEntries(options.outbox, (expired) => {
      for (const item of expired) this.#fail(item, 'outbox_expired', 'not delivered in time')
    })
    commands.connection.state.onChange(({ from, to }) => {
      if (to === 'connected' && from !== to) for (const queue of this.#queues()) queue.resume()
    })
  }

  get user(): string | undefined {
    return this.#session.identity.user
  }

  get storage(): OutboxStorage {
    return this.#persistence.storage
  }

  getSnapshot(): OutboxSnapshot {
    this.#snapshot ??= this.#last = keepSame(this.#last, {
      storage: this.storage,
      items: this.#items.all().map(({ snapshot }) => snapshot),
    })
    return this.#snapshot
  }

  async retry(id: string): Promise<unknown> {
    const item = this.#items.get(id)
    if (item?.snapshot.state === 'failed')
      return this.send(item.snapshot.name, item.snapshot.input, {}, item)
    throw new YektaYarError('not_found', 'retry: no such failed item')
  }

  cancel(id: string): boolean {
    const item = this.#items.get(id)
    if (!item) return false
    if (isSettled(item)) {
      this.#items.delete(id)
      this.#changed()
    } else this.#fail(item, 'aborted', 'given up')
    return true
  }

  clear(): void {
    this.end(false)
  }

  /** Opens the storage, if the options ask for one. */
  open(): void {
    if (this.#isOpen || !this.#persistence.isKeeping) return
    this.#isOpen = true
    const { server, target } = this.commands.connection
    this.#persistence.open(
      async () => (await resolveServerUrl(target.url)) + this.options.basePath,
      server.located,
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
    this.#changed()
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
    this.#changed() // a message shows an item by its number
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
    this.#changed(state === 'failed' ? undefined : item.snapshot) // one more failed item may push out another
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

  #changed(item?: OutboxItem): void {
    this.#snapshot = undefined
    this.changes.raise()
    this.onItem(item)
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
    const { snapshot } = item
    if (!this.#items.hasRoomFor(item))
      throw outboxError(snapshot.name, 'outbox_full', `${this.#items.count} items wait already`)
    this.open()
    if (replaced) this.#items.delete(replaced.snapshot.id)
    this.#items.add(item)
    this.#queue.add(item)
    void this.#prepare(item)
    this.#changed(item.snapshot)
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
  #adopt(found: readonly OutboxEntry[][]): void {
    for (const [index, items] of found.entries()) {
      this.#items.addOlder(items)
      const queue = index === 0 ? this.#queue : new SendQueue(this)
      if (index > 0) this.#orphans.push(queue)
      queue.adopt(items[0]?.outbox ?? '', items)
      this.authorship.add(items[0]?.outbox)
    }
    this.#changed()
    this.#wake()
  }

  /** Ends the wait of a caller, and the item if it was not sent yet. */
  #leave(item: OutboxEntry, code: DeadlineCode): YektaYarError {
    const { name, state } = item.snapshot
    if (state !== 'queued')
      return outboxError(name, code, 'sent, but not answered', true, 'The outbox keeps sending it')
    return this.#fail(item, code, 'not sent')
  }

  #fail(item: OutboxEntry, code: EndCode, why: string): YektaYarError {
    const { name, state } = item.snapshot
    const error = outboxError(name, code, why, state === 'sending')
    this.setState(item, 'failed', { error })
    this.#wake() // the next one may be sent in its place
    return error
  }
}
