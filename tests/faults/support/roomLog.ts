import type { Entry, Position } from './history.js'

/** The log of one room, indexed by position and by message id. */
export class RoomLog {
  readonly entries: Entry[] = []
  readonly #epochs = new Map<string, Map<number, number>>()
  readonly #ids = new Set<string>()

  /** Appends an entry; returns the entry that already has this position, if there is one. */
  add(entry: Entry): Entry | undefined {
    const epoch = this.#epochs.get(entry.epoch) ?? new Map<number, number>()
    this.#epochs.set(entry.epoch, epoch)
    const holder = this.at(entry)
    if (!holder) epoch.set(entry.seq, this.entries.length)
    this.entries.push(entry)
    this.#ids.add(entry.id)
    return holder
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  at(position: Position): Entry | undefined {
    const index = this.#indexOf(position)
    return index === undefined ? undefined : this.entries[index]
  }

  /** The index of the first entry after a position, which need not be in the log itself. */
  after(position: Position): number {
    const index = this.#indexOf(position)
    if (index !== undefined) return index + 1
    if (!this.#epochs.has(position.epoch)) return 0
    const next = this.entries.findIndex(
      ({ epoch, seq }) => epoch === position.epoch && seq > position.seq,
    )
    return next === -1 ? this.entries.length : next
  }

  #indexOf({ epoch, seq }: Position): number | undefined {
    return this.#epochs.get(epoch)?.get(seq)
  }
}
