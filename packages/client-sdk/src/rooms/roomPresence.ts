import { ROOM_MAX_PEOPLE, TYPING_LIFETIME_MS } from '../shared/limits.js'

/** The members of a room, and those that are typing. */
export class RoomPresence {
  readonly #onChange: () => void
  #members = new Set<string>()
  /** Changes that arrived while a list of members was requested, which are newer than the list. */
  #news: Map<string, boolean> | undefined
  /** When each typing member's last event arrived, in milliseconds since 1970. */
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

  /** Call when a list of members is requested. Changes from now on are newer than the list. */
  awaitMembers(): void {
    this.#news = new Map()
  }

  /** Sets the requested list, and applies newer changes to it. */
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

  /** Records that a member stopped typing, by sending a message or leaving. */
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

  /** Removes members that stopped typing without an event. */
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
