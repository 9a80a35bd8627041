import { ROOM_MAX_PEOPLE, TYPING_LIFETIME_MS } from '../shared/limits.js'

/** Who is in a room, and who of them is typing. */
export class RoomPresence {
  readonly #onChange: () => void
  #members = new Set<string>()
  /** What was heard while a list of members was on its way; bounded by the time that one takes. */
  #news: Map<string, boolean> | undefined
  /** When each of them was heard of, in milliseconds since 1970. */
  readonly #typists = new Map<string, number>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get members(): readonly string[] {
    return [...this.#members]
  }

  get typists(): readonly string[] {
    return [...this.#typists.keys()]
  }

  /** A list of members is asked for: what is heard from now on is newer. */
  awaitMembers(): void {
    this.#news = new Map()
  }

  /** The list is there. */
  setMembers(members: readonly string[]): void {
    this.#members = new Set(members)
    for (const [member, isPresent] of this.#news ?? []) this.#place(member, isPresent)
    this.#news = undefined
  }

  applyPresence(member: string, isPresent: boolean): void {
    this.#news?.set(member, isPresent)
    this.#place(member, isPresent)
    if (!isPresent) this.stopped(member)
    this.#onChange()
  }

  typing(from: string, isTyping: boolean): void {
    if (!isTyping) {
      this.stopped(from)
    } else if (this.#typists.size < ROOM_MAX_PEOPLE) {
      this.#typists.set(from, Date.now())
      this.#watch()
    }
    this.#onChange()
  }

  /** Somebody types no more: a message came, or they have left. */
  stopped(from: string): void {
    this.#typists.delete(from)
  }

  /** Disconnected: clears who is typing, and keeps the members until the next join. */
  pause(): void {
    this.#typists.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  clear(): void {
    this.pause()
    this.#members.clear()
  }

  #place(member: string, isPresent: boolean): void {
    if (!isPresent) this.#members.delete(member)
    else if (this.#members.size < ROOM_MAX_PEOPLE) this.#members.add(member)
  }

  /** Forgets those whose word that they have stopped never came. */
  #watch(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const last = Date.now() - TYPING_LIFETIME_MS
      for (const [from, heardAt] of this.#typists) if (heardAt <= last) this.stopped(from)
      if (this.#typists.size > 0) this.#watch()
      this.#onChange()
    }, TYPING_LIFETIME_MS)
  }
}
