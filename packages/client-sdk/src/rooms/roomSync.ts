import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import type { RoomJoined, RoomMessage, RoomPage, RoomResetReason } from '@yektayar/protocol'
import { retryDelay } from '../connection/backoff.js'
import { createAbortController } from '../shared/abortController.js'
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
export interface RoomSyncDeps {
  readonly name: string
  /** What traces call it, since its name may say who is in it. */
  readonly number: number
  readonly options: Pick<ResolvedOptions, 'retryDelayMs' | 'retryDelayMaxMs' | 'trace'>
  readonly isConnected: boolean
  /** Asks for a page, until the signal gives up. */
  page(name: string, input: object, signal: AbortSignal): Promise<unknown>
  entryOf(message: RoomMessage): RoomEntry
  setState(state: RoomState, error?: YektaYarError): void
  /** A join is being sent: what arrives from now on is newer than what its answer has. */
  onJoinSent(): void
  onJoined(answer: RoomJoined, continuity: RoomContinuity): void
  /** The next message has been added to the log. */
  onAppended(message: RoomMessage): void
}

/**
 * Keeps a client in a room, and its copy of the room's log without a hole: what comes next is
 * added, what is known is dropped, what is missing is fetched, and what cannot be fetched is a reset.
 */
export class RoomSync {
  readonly log = new RoomLog()
  readonly #deps: RoomSyncDeps
  /** Raised when what is under way does not count any more. */
  #generation = 0
  #controller = createAbortController()
  /** A join or a fetch is under way, or no connection is there: messages wait. */
  #isBusy = true
  #waiting: RoomMessage[] = []
  #head: Head | undefined
  /** How many messages of others were added since the last join was sent. */
  #replayed = 0
  #retries = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(deps: RoomSyncDeps) {
    this.#deps = deps
  }

  /** Joins from where the log ends, on a new connection or since it cannot be continued. */
  enter(): void {
    this.#deps.setState('joining')
    this.#run((generation) => this.#join(generation))
  }

  /** What is under way counts no more, and nothing else begins by itself. */
  pause(): void {
    clearTimeout(this.#timer)
    this.#generation++
    this.#controller.abort()
    this.#controller = createAbortController()
    this.#isBusy = true
  }

  /** Out of the room; what may not be read any more is forgotten. */
  stop(error?: YektaYarError): void {
    this.pause()
    this.#waiting = []
    this.#head = undefined
    this.log.clear()
    this.#deps.setState('left', error)
  }

  receive(message: RoomMessage): void {
    if (this.#isBusy) {
      // Those that are dropped are fetched: how far they went is known.
      if (this.#waiting.push(message) > ROOM_MAX_WAITING) this.#waiting = []
      this.#noteHead(message)
      return
    }
    const place = this.log.placeOf(message)
    if (place === 'next') this.#add(message)
    if (place === 'later') this.onHead(message)
    if (place === 'elsewhere') this.enter()
  }

  /** The log goes that far. */
  onHead(head: Head): void {
    this.#noteHead(head)
    if (this.#isBusy) return
    if (head.epoch !== this.log.position?.epoch) this.enter()
    else if (this.#isBehind()) this.#run((generation) => this.#catchUp(generation))
  }

  #run(work: (generation: number) => Promise<unknown>): void {
    this.pause()
    const generation = this.#generation
    work(generation).catch((error: unknown) => {
      if (generation === this.#generation) this.#failed(error as YektaYarError) // nothing else is thrown in there
    })
  }

  /** With a reason, from the newest messages on: those before them cannot be had. */
  async #join(generation: number, lost?: RoomResetReason): Promise<void> {
    const { name } = this.#deps
    const after = lost ? undefined : this.log.position
    this.#deps.onJoinSent()
    this.#replayed = 0
    const answer = await this.#page('room:join', { room: name, ...(after && { after }) })
    if (generation !== this.#generation) return
    const joined = answer as RoomJoined // of a server with the same contract
    const { epoch, seq, messages, more, reset } = joined
    this.#noteHead(joined)
    const reason = lost ?? reset?.reason
    if (after && !reason) {
      if (!this.#addAll(messages, generation)) return this.#join(generation, 'truncated')
      if (more && !(await this.#catchUp(generation))) return
    } else {
      this.#head = { epoch, seq } // what was heard of beyond it comes, or is heard of again
      this.log.begin(
        { epoch, seq },
        messages.map((message) => this.#deps.entryOf(message)),
        more,
      )
    }
    if (generation !== this.#generation) return
    this.#deps.onJoined(joined, continuityOf(reason, this.#replayed))
    if (generation === this.#generation) await this.#catchUp(generation)
  }

  /** Adds what waits, and fetches what was heard of and is missing; says whether that could be. */
  async #catchUp(generation: number): Promise<boolean> {
    for (;;) {
      this.#addWaiting(generation)
      const { position } = this.log
      if (generation !== this.#generation || !position) return false
      if (!this.#isBehind()) break
      const { epoch, seq } = position
      const { number: room, options } = this.#deps
      options.trace?.({ type: 'room-gap', room, missing: (this.#head?.seq ?? seq) - seq })
      const input = { room: this.#deps.name, epoch, after: seq, limit: MAX_HISTORY_PAGE }
      const page = (await this.#page('room:history', input)) as RoomPage // as above
      if (generation !== this.#generation) return false
      const isFilled =
        !page.reset && page.messages.length > 0 && this.#addAll(page.messages, generation)
      if (generation !== this.#generation) return false
      if (isFilled) continue
      await this.#join(generation, page.reset?.reason ?? 'truncated')
      return false
    }
    this.#retries = 0
    this.#isBusy = false
    return true
  }

  #page(name: string, input: object): Promise<unknown> {
    return this.#deps.page(name, input, this.#controller.signal)
  }

  /** Adds messages that follow each other; says whether they do. */
  #addAll(messages: readonly RoomMessage[], generation: number): boolean {
    for (const message of messages) {
      const place = this.log.placeOf(message)
      if (place === 'later' || place === 'elsewhere') return false
      if (place === 'next') this.#add(message)
      if (generation !== this.#generation) break
    }
    return true
  }

  #addWaiting(generation: number): void {
    const waiting = this.#waiting
    this.#waiting = waiting.filter((message) => {
      if (generation === this.#generation && this.log.placeOf(message) === 'next')
        this.#add(message)
      return this.log.placeOf(message) === 'later'
    })
  }

  #add(message: RoomMessage): void {
    const entry = this.#deps.entryOf(message)
    // What this client has sent keeps the key of its item. Nobody has missed their own message.
    if (entry.key === entry.id) this.#replayed++
    this.log.append(message, entry)
    this.#deps.onAppended(message)
  }

  #noteHead({ epoch, seq }: Head): void {
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
    this.#deps.setState('joining', error)
    if (!this.#deps.isConnected) return
    const { retryDelayMs, retryDelayMaxMs } = this.#deps.options
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
