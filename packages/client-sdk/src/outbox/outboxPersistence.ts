import { CHUNK_TIMEOUT_MS, FACILITY_TIMEOUT_MS } from '../shared/limits.js'
import { withDeadline } from '../shared/withDeadline.js'
import type { OutboxStorage } from './clientOutbox.js'
import type { EncryptedItemStore } from './encryptedItemStore.js'
import { createItem, isSettled } from './outboxEntry.js'
import type { OutboxEntry } from './outboxEntry.js'

/**
 * Keeps the stored items the same as the unfinished ones. If the storage fails, the items are still
 * sent by this page, but the next page will not find them. All operations run one after the other.
 */
export class OutboxPersistence {
  readonly #onStorage: () => void
  #storage: OutboxStorage
  #store: EncryptedItemStore | undefined
  #tail: Promise<unknown> = Promise.resolve()
  #wipes = 0
  /** The items that have changed since the last write, and the next write. */
  readonly #changed = new Set<OutboxEntry>()
  #saving: Promise<void> | undefined

  constructor(isAsked: boolean, onStorage: () => void) {
    this.#storage = isAsked ? 'opening' : 'memory'
    this.#onStorage = onStorage
  }

  get storage(): OutboxStorage {
    return this.#storage
  }

  /** Whether an item has to be stored before it is sent. */
  get isKeeping(): boolean {
    return this.#storage === 'opening' || this.#storage === 'indexeddb'
  }

  /**
   * Opens the storage, and passes on the items of closed pages, by outbox.
   *
   * @param findAddress of the server. Where it fails now, or does not answer, an attempt to connect may
   * find the address later
   */
  open(
    findAddress: () => Promise<string>,
    later: Promise<string>,
    onFound: (found: OutboxEntry[][]) => void,
  ): void {
    const wipes = this.#wipes
    void this.#next(async () => {
      const { EncryptedItemStore } = await inTime(
        () => import('./encryptedItemStore.js'),
        CHUNK_TIMEOUT_MS,
      )
      const address = await inTime(findAddress).catch(() => later)
      const { store, found } = await inTime(async () => {
        const store = new EncryptedItemStore(address, { createItem, isSettled })
        return { store, found: await store.adopt() }
      })
      if (wipes !== this.#wipes) return inTime(() => store.wipe())
      this.#store = store
      this.#setStorage('indexeddb')
      onFound(found)
    })
  }

  /** Resolves once the item's current state is stored, or the storage has failed. */
  save(item: OutboxEntry): Promise<void> {
    if (!this.isKeeping) return Promise.resolve()
    this.#changed.add(item)
    this.#saving ??= this.#next(() => this.#save())
    return this.#saving
  }

  /** Removes all items, including those of other tabs. The storage can be opened again later. */
  wipe(): void {
    this.#wipes++ // a storage that is being opened is wiped then
    const store = this.#store
    this.#tail = this.#tail.then(() => store && inTime(() => store.wipe())).catch(() => undefined)
    if (!this.isKeeping) return
    this.#store = undefined
    this.#changed.clear()
    this.#setStorage('opening')
  }

  async #save(): Promise<void> {
    const items = [...this.#changed]
    this.#changed.clear()
    this.#saving = undefined
    const store = this.#store
    if (store) await inTime(() => store.save(items))
  }

  async #next(work: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(() => (this.isKeeping ? work() : undefined))
    this.#tail = done.catch(() => {
      this.#changed.clear()
      this.#setStorage('failed')
    })
    await this.#tail
  }

  #setStorage(storage: OutboxStorage): void {
    if (storage === this.#storage) return
    this.#storage = storage
    this.#onStorage()
  }
}

/** A database may never open, or not come back from a sleep: then items stay in memory. */
function inTime<Result>(
  work: () => Promise<Result>,
  timeoutMs = FACILITY_TIMEOUT_MS,
): Promise<Result> {
  return withDeadline('IndexedDB', { timeoutMs }, work)
}
