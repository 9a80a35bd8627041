import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import type { RoomJoined, RoomMessage, RoomPage, RoomResetReason } from '@yektayar/protocol'
import { retryDelay } from '../connection/backoff.js'
import { ROOM_MAX_WAITING } from '../shared/limits.js'
import type { ResolvedOptions } from '../shared/options.js'
import type { YektaYarError } from '../shared/yektaYarError.js'
import type { RoomContinuity, RoomEntry, RoomState } from './clientRoom.js'
import { RoomLog } from './roomLog.js'

/** Where a log ends, as far as it was heard of. */
interface Head {
  readonly epoch: string
  readonly seq: number
}

/** What keeps a room's log whole asks of the room. */
export interface SyncHost {
  readonly name: string
  /** What traces call it, since its name may say who is in it. */
  readonly number: number
  readonly options: Pick<ResolvedOptions, 'retryDelayMs' | 'retryDelayMaxMs' | 'trace'>
  readonly isConnected: boolean
  /** Asks for a page, until the signal gives up. */
  page(name: string, input: object, signal: AbortSignal): Promise<unknown>
  entryOf(message: RoomMessage): RoomEntry
  write(state: RoomState, error?: YektaYarError): void
  /** A join is about to be sent. */
  entering(): void
  joined(answer: RoomJoined, continuity: RoomContinuity): void
  /** The next message has been added to the log. */
  added(message: RoomMessage): void
}

/**
 * Keeps a client in a room, and its copy of the room's log without a hole: what comes next is
 * added, what is known is dropped, what is missing is fetched, and what cannot be fetched is a reset.
 */
export class RoomSync {
  readonly log = new RoomLog()
  readonly #host: SyncHost
  /** Raised when what is under way does not count any more. */
  #turn = 0
  #controller = new AbortController()
  /** A join or a fetch is under way, or no connection is there: messages wait. */
  #isBusy = true
  #waiting: RoomMessage[] = []
  #head: Head | undefined
  #retries = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: SyncHost) {
    this.#host = host
  }

  /** Joins from where the log ends, on a new connection or since it cannot be continued. */
  enter(): void {
    this.#host.write('joining')
    this.#run((turn) => this.#join(turn))
  }

  /** What is under way counts no more, and nothing else begins by itself. */
  rest(): void {
    clearTimeout(this.#timer)
    this.#turn++
    this.#controller.abort()
    this.#controller = new AbortController()
    this.#isBusy = true
  }

  /** Out of the room; what may not be read any more is forgotten. */
  stop(error?: YektaYarError): void {
    this.rest()
    this.#waiting = []
    this.#head = undefined
    this.log.clear()
    this.#host.write('left', error)
  }

  receive(message: RoomMessage): void {
    if (this.#isBusy) {
      // Those that are dropped are fetched: how far they went is known.
      if (this.#waiting.push(message) > ROOM_MAX_WAITING) this.#waiting = []
      this.#heard(message)
      return
    }
    const place = this.log.placeOf(message)
    if (place === 'next') this.#add(message)
    if (place === 'later') this.heardOf(message)
    if (place === 'elsewhere') this.enter()
  }

  /** The log goes that far. */
  heardOf(head: Head): void {
    this.#heard(head)
    if (this.#isBusy) return
    if (head.epoch !== this.log.position?.epoch) this.enter()
    else if (this.#isBehind()) this.#run((turn) => this.#catchUp(turn))
  }

  #run(work: (turn: number) => Promise<unknown>): void {
    this.rest()
    const turn = this.#turn
    work(turn).catch((error: unknown) => {
      if (turn === this.#turn) this.#failed(error as YektaYarError) // nothing else is thrown in there
    })
  }

  /** With a reason, from the newest messages on: those before them cannot be had. */
  async #join(turn: number, lost?: RoomResetReason): Promise<void> {
    const { name } = this.#host
    const after = lost ? undefined : this.log.position
    this.#host.entering()
    const answer = await this.#page('room:join', { room: name, ...(after && { after }) })
    if (turn !== this.#turn) return
    const joined = answer as RoomJoined // of a server with the same contract
    const { epoch, seq, messages, more, reset } = joined
    this.#heard(joined)
    const reason = lost ?? reset?.reason
    let count = 0
    if (after && !reason) {
      const { seq: before } = after
      if (!this.#addAll(messages, turn)) return this.#join(turn, 'truncated')
      if (more && !(await this.#catchUp(turn))) return
      count = (this.log.position?.seq ?? before) - before
    } else {
      this.#head = { epoch, seq } // what was heard of beyond it comes, or is heard of again
      this.log.begin(
        { epoch, seq },
        messages.map((message) => this.#host.entryOf(message)),
        more,
      )
    }
    if (turn !== this.#turn) return
    this.#host.joined(joined, continuityOf(reason, count))
    if (turn === this.#turn) await this.#catchUp(turn)
  }

  /** Adds what waits, and fetches what was heard of and is missing; says whether that could be. */
  async #catchUp(turn: number): Promise<boolean> {
    for (;;) {
      this.#addWaiting(turn)
      const { position } = this.log
      if (turn !== this.#turn || !position) return false
      if (!this.#isBehind()) break
      const { epoch, seq } = position
      const { number: room, options } = this.#host
      options.trace?.({ type: 'room-gap', room, missing: (this.#head?.seq ?? seq) - seq })
      const input = { room: this.#host.name, epoch, after: seq, limit: MAX_HISTORY_PAGE }
      const page = (await this.#page('room:history', input)) as RoomPage // as above
      if (turn !== this.#turn) return false
      const isFilled = !page.reset && page.messages.length > 0 && this.#addAll(page.messages, turn)
      if (turn !== this.#turn) return false
      if (isFilled) continue
      await this.#join(turn, page.reset?.reason ?? 'truncated')
      return false
    }
    this.#retries = 0
    this.#isBusy = false
    return true
  }

  #page(name: string, input: object): Promise<unknown> {
    return this.#host.page(name, input, this.#controller.signal)
  }

  /** Adds messages that follow each other; says whether they do. */
  #addAll(messages: readonly RoomMessage[], turn: number): boolean {
    for (const message of messages) {
      const place = this.log.placeOf(message)
      if (place === 'later' || place === 'elsewhere') return false
      if (place === 'next') this.#add(message)
      if (turn !== this.#turn) break
    }
    return true
  }

  #addWaiting(turn: number): void {
    const waiting = this.#waiting
    this.#waiting = waiting.filter((message) => {
      if (turn === this.#turn && this.log.placeOf(message) === 'next') this.#add(message)
      return this.log.placeOf(message) === 'later'
    })
  }

  #add(message: RoomMessage): void {
    this.log.append(message, this.#host.entryOf(message))
    this.#host.added(message)
  }

  #heard({ epoch, seq }: Head): void {
    if (this.#head?.epoch !== epoch || this.#head.seq < seq) this.#head = { epoch, seq }
  }

  #isBehind(): boolean {
    const { position } = this.log
    const head = this.#head
    return head !== undefined && head.epoch === position?.epoch && head.seq > position.seq
  }

  #failed(error: YektaYarError): void {
    if (!error.retryable && !error.mayHaveRun) {
      this.stop(error)
      return
    }
    this.#host.write('joining', error)
    if (!this.#host.isConnected) return
    const { retryDelayMs, retryDelayMaxMs } = this.#host.options
    const delayMs = retryDelay(this.#retries++, retryDelayMs, retryDelayMaxMs)
    this.#timer = setTimeout(() => {
      this.enter()
    }, delayMs)
  }
}

function continuityOf(reason: RoomResetReason | undefined, count: number): RoomContinuity {
  if (reason) return { kind: 'reset', reason }
  return count > 0 ? { kind: 'replayed', count } : { kind: 'continuous' }
}
