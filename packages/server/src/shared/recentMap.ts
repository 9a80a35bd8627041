/**
 * A map of bounded size that forgets what has not been used for long. Two halves take turns in
 * place of an exact order, so that to use what is known costs no more than to look it up.
 */
export class RecentMap<Key, Value extends object> {
  readonly #halfSize: number
  #recent = new Map<Key, Value>()
  /** What was recent before; what is used of it becomes recent again. */
  #older = new Map<Key, Value>()

  /** @param maxSize how many entries there are at the most, of which the recent half is sure to stay */
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
