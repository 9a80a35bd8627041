/** What a page knows of the messages that it has sent, and of the logs that it reads. */
export interface Score {
  /** Messages that this page has sent. */
  readonly sent: number
  /** Of these, how many its rooms’ logs contain. */
  readonly delivered: number
  /** Of these, how many are neither in the log yet nor known to have failed. */
  readonly underWay: number
  /** Of these, how many have failed; the page says so at each. */
  readonly failed: number
  /** Of these, how many the server has confirmed but the log, read up to there, does not contain. */
  readonly lost: number
  /** Messages that a log contains more often than they were sent. */
  readonly doubled: number
  /** Messages that follow a gap in a log, or come before an earlier message of this page. */
  readonly outOfOrder: number
}

/** A message in a room's log. */
interface LoggedMessage {
  readonly id: string
  readonly seq: number
  /** The tag of the message, if its sender is such a page. */
  readonly tag: string | undefined
}

/** What a page has read of a room's log. */
export interface ReadLog {
  readonly epoch: string
  /** The sequence number up to which the log was read. */
  readonly end: number
  readonly messages: readonly LoggedMessage[]
}

/** Where the server says that it has put a message. */
interface Place {
  readonly epoch: string
  readonly seq: number
}

interface SentMessage {
  readonly room: string
  /** How often it was sent: a reader may send again what has failed. */
  sends: number
  hasFailed: boolean
  confirmed: Place | undefined
  /** Whether an older part of the log, read later, does not contain it where it should be. */
  isMissing: boolean
  /** The places where logs contain it. */
  readonly seen: Place[]
}

/** This many messages are remembered one by one; older ones that are in the log are only counted. */
const MAX_REMEMBERED = 2_000

/**
 * Counts what becomes of the messages of a page. It trusts no answer: each message carries a tag, and
 * only a log that contains the tag proves that it was delivered.
 */
export class DeliveryLedger {
  readonly #page: string
  /** By number, in the order in which they were sent. */
  readonly #messages = new Map<number, SentMessage>()
  /** What is read of each room, with the epochs of its earlier logs. */
  readonly #logs = new Map<string, { epoch: string; start: number; end: number; past: string[] }>()
  readonly #doubled = new Set<string>()
  readonly #outOfOrder = new Set<string>()
  #count = 0
  #forgotten = 0

  /** @param page an id that no other page has */
  constructor(page: string) {
    this.#page = page
  }

  /** Counts a message that is about to be sent, and returns the tag that it has to carry. */
  begin(room: string): string {
    const n = ++this.#count
    const message = {
      room,
      sends: 1,
      hasFailed: false,
      confirmed: undefined,
      isMissing: false,
      seen: [],
    }
    this.#messages.set(n, message)
    this.#forgetOldest()
    return `${this.#page}.${n}`
  }

  /** Notes that a message which had failed is sent again; returns its room, if it is of this page. */
  repeat(tag: string | undefined): string | undefined {
    const message = this.#find(tag)
    if (!message) return undefined
    message.sends++
    message.hasFailed = false
    return message.room
  }

  /** Notes where the server says that it has put a message. */
  confirm(tag: string, { epoch, seq }: Place): void {
    const message = this.#find(tag)
    if (message) message.confirmed = { epoch, seq }
  }

  /** Notes that sending a message has failed. */
  fail(tag: string): void {
    const message = this.#find(tag)
    if (message) message.hasFailed = true
  }

  /** Reads a room's log, as often as it changes. */
  read(room: string, { epoch, end, messages }: ReadLog): void {
    const before = this.#logs.get(room)
    const past = before?.past ?? []
    if (before && before.epoch !== epoch) past.push(before.epoch)
    this.#logs.set(room, { epoch, start: messages[0]?.seq ?? end + 1, end, past })

    const ids = new Set<string>()
    let last: LoggedMessage | undefined
    let newest = 0
    for (const message of messages) {
      const place = `${room} ${epoch} ${message.seq}`
      if (ids.has(message.id)) this.#doubled.add(place)
      ids.add(message.id)
      if (last && message.seq !== last.seq + 1) this.#outOfOrder.add(place)
      last = message

      const own = this.#find(message.tag)
      if (!own) continue
      this.#see(own, { epoch, seq: message.seq }, place)
      if (own.sends > 1) continue // what is sent again comes later
      const n = this.#numberOf(message.tag)
      if (n < newest) this.#outOfOrder.add(place)
      newest = Math.max(newest, n)
    }
  }

  /**
   * The place of a confirmed message that comes before what is read of the log, as after a new
   * session, which reads only the newest messages; the newest one, if there are several.
   */
  unreadPlace(room: string): Place | undefined {
    const log = this.#logs.get(room)
    const places = [...this.#messages.values()].flatMap((message) => {
      const { confirmed } = message
      const isOpen = message.room === room && this.#stateOf(message) === 'underWay'
      const isBefore = confirmed?.epoch === log?.epoch && (confirmed?.seq ?? 0) < (log?.start ?? 0)
      return isOpen && isBefore && confirmed ? [confirmed] : []
    })
    return places.toSorted((a, b) => b.seq - a.seq)[0]
  }

  /** Reads an older part of a room’s log, without a gap. */
  readPart(room: string, { epoch, messages }: Pick<ReadLog, 'epoch' | 'messages'>): void {
    for (const { seq, tag } of messages) {
      const own = this.#find(tag)
      if (own) this.#see(own, { epoch, seq }, `${room} ${epoch} ${seq}`)
    }
    const seqs = new Set(messages.map(({ seq }) => seq))
    for (const message of this.#messages.values()) {
      const { confirmed } = message
      if (message.room !== room || confirmed?.epoch !== epoch) continue
      if (seqs.has(confirmed.seq) && message.seen.length === 0) message.isMissing = true
    }
  }

  /** Whether no message to this room is under way. */
  isSettled(room: string): boolean {
    return [...this.#messages.values()].every(
      (message) => message.room !== room || this.#stateOf(message) !== 'underWay',
    )
  }

  get score(): Score {
    const counts = { delivered: this.#forgotten, underWay: 0, failed: 0, lost: 0 }
    for (const message of this.#messages.values()) counts[this.#stateOf(message)]++
    return {
      ...counts,
      sent: this.#count,
      doubled: this.#doubled.size,
      outOfOrder: this.#outOfOrder.size,
    }
  }

  #stateOf({ room, seen, confirmed, isMissing, hasFailed }: SentMessage) {
    if (seen.length > 0) return 'delivered'
    if (isMissing) return 'lost'
    const log = this.#logs.get(room)
    if (log && confirmed) {
      const { epoch, seq } = confirmed
      const isPassed = epoch === log.epoch && seq >= log.start && seq <= log.end
      if (isPassed || log.past.includes(epoch)) return 'lost'
    }
    return hasFailed ? 'failed' : 'underWay'
  }

  #see({ seen, sends }: SentMessage, { epoch, seq }: Place, place: string): void {
    if (seen.some((known) => known.epoch === epoch && known.seq === seq)) return
    seen.push({ epoch, seq })
    if (seen.filter((known) => known.epoch === epoch).length > sends) this.#doubled.add(place)
  }

  #find(tag: string | undefined): SentMessage | undefined {
    return this.#messages.get(this.#numberOf(tag))
  }

  /** The number in a tag of this page; of any other, `NaN`. */
  #numberOf(tag: string | undefined): number {
    const prefix = `${this.#page}.`
    return tag?.startsWith(prefix) ? Number(tag.slice(prefix.length)) : NaN
  }

  #forgetOldest(): void {
    if (this.#messages.size <= MAX_REMEMBERED) return
    for (const [n, { seen }] of this.#messages) {
      if (seen.length === 0) continue
      this.#messages.delete(n)
      this.#forgotten++
      return
    }
  }
}
