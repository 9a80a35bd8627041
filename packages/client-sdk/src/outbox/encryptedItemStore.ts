import { createStore, entries, get, promisifyRequest, update } from 'idb-keyval'
import type { OutboxEntry } from './outboxEntry.js'

/** An item as it is stored. */
interface StoredItem {
  readonly outbox: string
  readonly n: number
  readonly id: string
  readonly name: string
  readonly input: unknown
  readonly queuedAt: number
}

/** Where an item is stored. */
type ItemPlace = Pick<StoredItem, 'outbox' | 'n'>

/** What the store needs of an outbox; passed in, so that this file shares no code with the client. */
interface ItemActions {
  isSettled(item: OutboxEntry): boolean
  createItem(name: string, input: unknown): OutboxEntry
}

/** The encrypted value in IndexedDB under `[origin, outbox, n]`. */
interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>
  readonly data: ArrayBuffer
}

/** The encrypted fields of an item. */
type SealedFields = Omit<StoredItem, keyof ItemPlace>

type ItemKey = [origin: string, outbox: string, n: number]

/** The `outbox` part under which the encryption key is stored. */
const KEY_PLACE = ''

/** Stores the items for one server, encrypted. Several tabs use it at the same time. */
export class EncryptedItemStore {
  readonly #origin: string
  readonly #use = createStore('yektayar-outbox', 'items')
  readonly #claimed = new Set<string>()
  readonly #places = new WeakMap<OutboxEntry, ItemPlace>()
  readonly #actions: ItemActions

  constructor(origin: string, actions: ItemActions) {
    this.#origin = origin
    this.#actions = actions
  }

  /** Takes over the outboxes of closed tabs. Returns the items of each. */
  async adopt(): Promise<OutboxEntry[][]> {
    const found: StoredItem[][] = []
    for (const outbox of await this.#outboxes()) {
      if (await this.#claim(outbox)) found.push(await this.#read(outbox))
    }
    return found.filter((items) => items.length > 0).map((items) => this.#restore(items))
  }

  /** Stores items that have changed. Removes those that are settled, and those from former places. */
  async save(items: readonly OutboxEntry[]): Promise<void> {
    const gone = items.flatMap((item) => this.#places.get(item) ?? [])
    const unfinished = items.filter((item) => !this.#actions.isSettled(item))
    const stored = unfinished.map(toStored)
    if (gone.length + stored.length > 0) await this.#change(stored, gone)
    for (const item of items) this.#places.delete(item)
    unfinished.forEach((item, index) => {
      this.#places.set(item, stored[index] ?? toStored(item))
    })
  }

  /** Removes all items for the server, including those of other tabs, and the encryption key. */
  async wipe(): Promise<void> {
    await this.#use('readwrite', (store) => {
      store.delete(IDBKeyRange.bound([this.#origin], [this.#origin, []]))
      return promisifyRequest(store.transaction)
    })
  }

  /** Stores some items and removes others, in one transaction. */
  async #change(items: readonly StoredItem[], gone: readonly ItemPlace[]): Promise<void> {
    for (const { outbox } of items) await this.#claim(outbox)
    const key = await this.#key()
    const sealed = await Promise.all(
      items.map(async (item) => [this.#place(item), await seal(key, item)] as const),
    )
    await this.#use('readwrite', (store) => {
      for (const place of gone) store.delete(this.#place(place))
      for (const [place, value] of sealed) store.put(value, place)
      return promisifyRequest(store.transaction)
    })
  }

  /** Restores the items of an outbox. They count as sending, since their page may have sent them. */
  #restore(items: readonly StoredItem[]): OutboxEntry[] {
    let last: OutboxEntry | undefined
    return items.map(({ outbox, n, id, name, input, queuedAt }) => {
      const item = this.#actions.createItem(name, input)
      item.snapshot = Object.freeze({ ...item.snapshot, id, queuedAt, state: 'sending' })
      this.#places.set(item, { outbox, n })
      const before = last?.n === n - 1 ? last.sent : undefined
      const sent = { key: id, isUnsure: false }
      last = Object.assign(item, { outbox, n, before, sent, isReady: true })
      return last
    })
  }

  #place({ outbox, n }: ItemPlace): ItemKey {
    return [this.#origin, outbox, n]
  }

  async #entries(): Promise<[ItemKey, Sealed][]> {
    const all = await entries<ItemKey, Sealed>(this.#use)
    return all.filter(([[origin, outbox]]) => origin === this.#origin && outbox !== KEY_PLACE)
  }

  async #outboxes(): Promise<Set<string>> {
    return new Set((await this.#entries()).map(([[, outbox]]) => outbox))
  }

  /** Reads the items of an outbox. Skips those that cannot be decrypted since the key was wiped. */
  async #read(wanted: string): Promise<StoredItem[]> {
    const key = await this.#key()
    const items = (await this.#entries())
      .filter(([[, outbox]]) => outbox === wanted)
      .map(async ([[, outbox, n], sealed]) => ({ ...(await open(key, sealed)), outbox, n }))
    const read = await Promise.allSettled(items)
    return read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  }

  /** The encryption key. It is not extractable, so it does not leave this browser. */
  async #key(): Promise<CryptoKey> {
    const place = [this.#origin, KEY_PLACE]
    const known = await get<CryptoKey>(place, this.#use)
    if (known) return known
    const algorithm = { name: 'AES-GCM', length: 256 }
    const fresh = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt'])
    await update<CryptoKey>(place, (others = fresh) => others, this.#use) // another tab may be first
    return (await get<CryptoKey>(place, this.#use)) ?? fresh
  }

  /** Claims an outbox for the lifetime of this tab. Returns whether no other tab has claimed it. */
  async #claim(outbox: string): Promise<boolean> {
    if (this.#claimed.has(outbox)) return true
    const isFree = await new Promise<boolean>((resolve, reject) => {
      navigator.locks
        .request(`yektayar:outbox:${outbox}`, { ifAvailable: true }, (lock) => {
          resolve(lock !== null)
          return lock && new Promise(() => undefined)
        })
        .catch(reject)
    })
    if (isFree) this.#claimed.add(outbox)
    return isFree
  }
}

async function seal(key: CryptoKey, { id, name, input, queuedAt }: StoredItem): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const text = new TextEncoder().encode(JSON.stringify({ id, name, input, queuedAt }))
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, text) }
}

async function open(key: CryptoKey, { iv, data }: Sealed): Promise<SealedFields> {
  const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, data)
  return JSON.parse(new TextDecoder().decode(text)) as SealedFields // as sealed above
}

function toStored({ outbox, n, snapshot: { id, name, input, queuedAt } }: OutboxEntry): StoredItem {
  return { outbox, n, id, name, input, queuedAt }
}
