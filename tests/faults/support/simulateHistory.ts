import type { Ending, Entry, History, Seen, Sent } from './history.js'

/** The mechanisms that make messages arrive once and in order. A run can leave one out. */
export const mechanisms = ['dedupe', 'resend', 'gapFetch', 'sessionCheck'] as const
export type Mechanism = (typeof mechanisms)[number]

export const CLIENTS = 3
export const SUBSCRIBERS = 3
const ROOMS = ['public:a', 'public:b'] as const
const EPOCH = 'e1'
/** How many of the newest messages a subscriber receives at a reset. */
const NEWEST = 2

/** One step of a run. */
export type Step =
  | { do: 'send'; client: number; room: 0 | 1 }
  /** A packet of the oldest items is sent. Subscribers in `missedBy` miss the resulting events. */
  | {
      do: 'deliver'
      client: number
      items: number
      fate: 'arrives' | 'request lost' | 'answer lost'
      missedBy: readonly number[]
    }
  | { do: 'heads' }
  | { do: 'end'; client: number }
  | { do: 'rejoin'; subscriber: number; room: 0 | 1 }
  | { do: 'reset'; subscriber: number; room: 0 | 1 }

interface Publisher {
  readonly queue: Mutable<Sent>[]
  readonly sent: Mutable<Sent>[]
  isEnded: boolean
}

interface Reader {
  readonly seen: Seen[]
  readonly positions: Map<string, number>
  /** Rooms in which it lacks messages that it should have fetched. */
  readonly lacking: Set<string>
}

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] }

/**
 * Plays a run on a model of servers, outboxes and subscribers, optionally without one mechanism.
 *
 * @returns the history, and whether the missing mechanism made a difference in it
 */
export function simulateHistory(
  steps: readonly Step[],
  without?: Mechanism,
): { history: History; isNeeded: boolean } {
  const model = new Model(without)
  for (const step of steps) model.play(step)
  return { history: model.finish(), isNeeded: model.isNeeded }
}

class Model {
  readonly #without: Mechanism | undefined
  readonly #logs = new Map<string, Entry[]>(ROOMS.map((room) => [room, []]))
  readonly #receipts = new Map<string, Entry>()
  readonly #endings: Ending[] = []
  readonly #publishers = Array.from({ length: CLIENTS }, (): Publisher => {
    return { queue: [], sent: [], isEnded: false }
  })
  readonly #readers = Array.from({ length: SUBSCRIBERS }, (): Reader => {
    return { seen: [], positions: new Map(), lacking: new Set() }
  })
  isNeeded = false

  constructor(without: Mechanism | undefined) {
    this.#without = without
    for (const reader of this.#readers) for (const room of ROOMS) this.#join(reader, room)
  }

  play(step: Step): void {
    switch (step.do) {
      case 'send':
        this.#send(step.client, ROOMS[step.room])
        return
      case 'deliver':
        this.#deliver(step)
        return
      case 'heads':
        for (const reader of this.#readers) for (const room of ROOMS) this.#fetch(reader, room)
        return
      case 'end':
        this.#end(step.client)
        return
      case 'rejoin':
        this.#join(this.#reader(step.subscriber), ROOMS[step.room])
        return
      case 'reset':
        this.#reset(this.#reader(step.subscriber), ROOMS[step.room])
    }
  }

  /** Lets everything arrive that is still pending. */
  finish(): History {
    for (const client of this.#publishers.keys()) {
      this.#deliver({ client, items: Infinity, fate: 'arrives', missedBy: [] })
    }
    this.play({ do: 'heads' })
    this.isNeeded ||= this.#readers.some(({ lacking }) => lacking.size > 0)
    return {
      sent: this.#publishers.flatMap(({ sent }) => sent),
      subscribers: this.#readers.map(({ seen }, index) => ({ name: `s${String(index)}`, seen })),
      log: [...this.#logs.values()].flat(),
      endings: this.#endings,
    }
  }

  #send(client: number, room: string): void {
    const publisher = this.#publisher(client)
    const n = publisher.sent.length + 1
    const names = { client: `c${String(client)}`, outbox: `o${String(client)}` }
    const id = `${names.outbox}.${String(n)}`
    const one: Mutable<Sent> = { ...names, n, room, id, sentAt: n, settled: 'unsettled' }
    publisher.sent.push(one)
    publisher.queue.push(one)
  }

  #deliver({ client, items, fate, missedBy }: Omit<Step & { do: 'deliver' }, 'do'>): void {
    const publisher = this.#publisher(client)
    const packet = publisher.queue.slice(0, items)
    if (packet.length === 0) return
    if (fate !== 'request lost') {
      for (const one of packet) {
        const receipt = this.#store(publisher, one, missedBy)
        if (fate === 'answer lost') continue
        one.settled = receipt ? 'delivered' : 'failed'
        one.receipt = receipt
      }
    }
    if (fate === 'arrives') publisher.queue.splice(0, packet.length)
    else if (this.#without === 'resend') {
      publisher.queue.splice(0, packet.length)
      this.isNeeded = true
    }
  }

  #store(publisher: Publisher, one: Sent, missedBy: readonly number[]): Entry | undefined {
    const stored = this.#receipts.get(one.id)
    if (publisher.isEnded) {
      if (this.#without !== 'sessionCheck') return undefined
      this.isNeeded ||= !stored
    }
    if (stored && this.#without !== 'dedupe') return stored
    if (stored) this.isNeeded = true
    const log = this.#log(one.room)
    const entry = { room: one.room, epoch: EPOCH, seq: log.length + 1, id: one.id }
    log.push(entry)
    this.#receipts.set(one.id, entry)
    for (const [index, reader] of this.#readers.entries()) {
      if (!missedBy.includes(index)) this.#receive(reader, entry)
    }
    return entry
  }

  #receive(reader: Reader, entry: Entry): void {
    if (entry.seq > this.#position(reader, entry.room) + 1) {
      this.#fetch(reader, entry.room, entry.seq - 1)
    }
    this.#see(reader, entry)
  }

  /** Fetches the messages that a subscriber has noticed to be missing. */
  #fetch(reader: Reader, room: string, end = Infinity): void {
    const missing = this.#log(room).slice(this.#position(reader, room), end)
    if (missing.length === 0) return
    if (this.#without === 'gapFetch') reader.lacking.add(room)
    else for (const entry of missing) this.#see(reader, entry)
  }

  #see(reader: Reader, entry: Entry): void {
    this.isNeeded ||= reader.lacking.has(entry.room)
    reader.seen.push({ kind: 'message', ...entry })
    reader.positions.set(entry.room, entry.seq)
  }

  #join(reader: Reader, room: string): void {
    const seq = this.#log(room).length
    reader.seen.push({ kind: 'left', room }, { kind: 'joined', room, epoch: EPOCH, seq })
    reader.positions.set(room, seq)
    reader.lacking.delete(room) // a rejoin before the next message hides the gap
  }

  #reset(reader: Reader, room: string): void {
    const start = this.#log(room).length - NEWEST
    if (this.#position(reader, room) >= start) return
    reader.seen.push({ kind: 'reset', room, reason: 'truncated' })
    reader.positions.set(room, start)
    reader.lacking.delete(room)
    for (const entry of this.#log(room).slice(start)) this.#see(reader, entry)
  }

  #end(client: number): void {
    const publisher = this.#publisher(client)
    if (publisher.isEnded) return
    publisher.isEnded = true
    const heads = ROOMS.map((room) => ({ room, epoch: EPOCH, seq: this.#log(room).length }))
    this.#endings.push({ outbox: `o${String(client)}`, heads })
  }

  #position(reader: Reader, room: string): number {
    return reader.positions.get(room) ?? 0
  }

  #log(room: string): Entry[] {
    return existing(this.#logs.get(room))
  }

  #publisher(client: number): Publisher {
    return existing(this.#publishers[client])
  }

  #reader(subscriber: number): Reader {
    return existing(this.#readers[subscriber])
  }
}

function existing<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('A step names what the model does not have')
  return value
}
