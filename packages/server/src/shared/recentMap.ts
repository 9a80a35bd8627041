/**
 * A map of bounded size that forgets entries that were not used for long. Instead of an exact order
 * it keeps two halves, a recent and an older one, so that using an entry costs only its lookup.
 */
export class RecentMap<Key, Value extends object> {
  readonly #halfSize: number
  #recent = new Map<Key, Value>()
  /** The previous recent half. Entries that are used again move back to the recent half. */
  #older = new Map<Key, Value>()

  /** @param maxSize the maximum number of entries; the more recent half is never forgotten */
  constructor(maxSize: number) {
    this.#halfSize = Math.max(1, Math.floor(maxSize / 2))
  }

  get(key: Key): Value | undefined {
    const recent = this.#recent.get(key)
    if (recent) return recent
    const older = this.#older.get(key)
    if (older) this.set(key, older)
    return older
  }

  set(key: Key, value: Value): void {
    if (this.#recent.size >= this.#halfSize && !this.#recent.has(key)) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(key, value)
  }

  delete(key: Key): void {
    this.#recent.delete(key)
    this.#older.delete(key)
  }

  clear(): void {
    this.#recent.clear()
    this.#older.clear()
  }
}
