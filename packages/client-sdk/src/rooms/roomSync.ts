import type { Json, RoomJoined, RoomMessage, RoomPage, RoomResetReason } from '@yektayar/protocol'
import { retryDelay } from '../connection/backoff.js'
import { createAbortController } from '../shared/abortController.js'
import { errorFromServer } from '../shared/errorFromServer.js'
import { ROOM_JOINS_AT_ONCE, ROOM_MAX_WAITING } from '../shared/limits.js'
import type { ResolvedOptions } from '../shared/options.js'
import type { YektaYarError } from '../shared/yektaYarError.js'
import type { RoomContinuity, RoomEntry, RoomState } from './clientRoom.js'
import { RoomLog } from './roomLog.js'

/** The last known end of a log. */
interface Head {
  readonly epoch: string
  readonly seq: number
}

/** What `RoomSync` needs from its room. */
export interface RoomSyncDeps {
  readonly name: string
  /** Its number in traces, since its name may reveal who is in it. */
  readonly number: number
  readonly options: Pick<ResolvedOptions, 'retryDelayMs' | 'retryDelayMaxMs' | 'trace'>
  readonly isConnected: boolean
  /** What this client shows to the others; `undefined` for nothing. */
  readonly shown: Json | undefined
  /** Requests a page, until the signal aborts. */
  page(name: string, input: object, signal: AbortSignal): Promise<unknown>
  entryOf(message: RoomMessage): RoomEntry
  setState(state: RoomState, error?: YektaYarError | null): void
  /** Called when the server has refused a join or a page for good; calls `stop()`. */
  leave(error: YektaYarError): void
  /** Called when a join is sent. Events from now on are newer than its answer. */
  onJoinSent(): void
  onJoined(answer: RoomJoined, continuity: RoomContinuity): void
  /** Called when the next message was added to the log. */
  onAppended(message: RoomMessage): void
}

/**
 * Keeps a client in a room, and its copy of the room's log without a gap: it adds the next message,
 * drops known ones, fetches missing ones, and reports a reset if they cannot be fetched.
 */
export class RoomSync {
  readonly log = new RoomLog()
  readonly #deps: RoomSyncDeps
  /** Its signal aborts when running work becomes obsolete. */
  #controller = createAbortController()
  /** A join or a fetch is under way, or no connection is there: messages wait. */
  #isBusy = true
  #waiting: RoomMessage[] = []
  #head: Head = { epoch: '', seq: 0 }
  /** The epoch of heads that came since the last join was sent; empty for several. */
  #announced: string | undefined
  /** How many messages of other clients were added since the last join was sent. */
  #replayed = 0
  #retries = 0
  /** How many joins in place of missing messages there were since a message was added. */
  #joins = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(deps: RoomSyncDeps) {
    this.#deps = deps
  }

  /** Joins and catches up from the end of the log, on a new connection or after a gap. */
  enter(): void {
    this.#deps.setState('joining')
    this.#run((isCurrent) => this.#join(isCurrent))
  }

  /** Makes running work obsolete, and stops until `enter()`. */
  pause(): void {
    clearTimeout(this.#timer)
    this.#controller.abort()
    this.#controller = createAbortController()
    this.#isBusy = true
  }

  /** Leaves the room and clears the log, which may no longer be read. */
  stop(error: YektaYarError | null): void {
    this.pause()
    this.#waiting = []
    this.#head = { epoch: '', seq: 0 }
    this.log.clear()
    this.#deps.setState('left', error)
  }

  receive(message: RoomMessage): void {
    if (this.#isBusy) {
      // Dropped messages are fetched later, since their head is recorded.
      if (this.#waiting.push(message) > ROOM_MAX_WAITING) this.#waiting = []
      this.#noteHead(message)
      return
    }
    if (this.log.placeOf(message) === 'next') this.#add(message)
    else this.onHead(message)
  }

  /** Takes the head of the log, and fetches what is missing. */
  onHead(head: Head): void {
    this.#noteHead(head)
    if (this.#isBusy) {
      this.#announced = (this.#announced ?? head.epoch) === head.epoch ? head.epoch : ''
      return
    }
    const place = this.log.placeOf(head)
    if (place === 'elsewhere') this.enter()
    else if (place !== 'known') this.#run((isCurrent) => this.#catchUp(isCurrent))
  }

  /** What to join with, to go on from the end of the log; with `isAnew`, from the newest messages. */
  joinInput(isAnew = false): object {
    const { name, shown: presence } = this.#deps
    const after = isAnew ? undefined : this.log.position
    return {
      room: name,
      ...(after && { after }),
      ...(presence !== undefined && { presence }),
    }
  }

  #run(work: (isCurrent: () => boolean) => Promise<unknown>): void {
    this.pause()
    const { signal } = this.#controller
    const isCurrent = (): boolean => !signal.aborted
    work(isCurrent).catch((error: unknown) => {
      if (isCurrent()) this.#failed(error as YektaYarError) // answers are checked before
    })
  }

  /** Joins. With a `lost` reason, starts from the newest messages, since earlier ones are lost. */
  async #join(isCurrent: () => boolean, lost?: RoomResetReason): Promise<void> {
    const after = lost ? undefined : this.log.position
    this.#deps.onJoinSent()
    this.#replayed = 0
    this.#announced = undefined
    const answer = await this.#page('room:join', this.joinInput(lost !== undefined))
    if (!isCurrent()) return
    const joined = answer as RoomJoined // from a server with the same contract
    const { epoch, seq, messages, more, reset } = joined
    this.#noteHead(joined)
    const reason = lost ?? reset?.reason
    if (after && !reason) {
      if (!this.#addAll(messages, isCurrent)) return this.#joinAgain(isCurrent, 'truncated')
      if (more && !(await this.#catchUp(isCurrent))) return
    } else {
      this.#head = { epoch, seq } // anything newer arrives, or is announced again
      this.log.begin(
        this.#head,
        messages.map((message) => this.#deps.entryOf(message)),
        more,
      )
    }
    if (!isCurrent()) return
    this.#deps.onJoined(joined, continuityOf(reason, this.#replayed))
    if (isCurrent()) await this.#catchUp(isCurrent)
  }

  /** Adds waiting messages and fetches missing ones. Returns whether it reached the head. */
  async #catchUp(isCurrent: () => boolean): Promise<boolean> {
    for (;;) {
      this.#addWaiting(isCurrent)
      const { position } = this.log
      if (!isCurrent() || !position) return false
      const place = this.log.placeOf(this.#head)
      if (place !== 'next' && place !== 'later') break
      const { epoch, seq, id } = position
      const { number: room, options } = this.#deps
      options.trace?.({ type: 'room-gap', room, missing: this.#head.seq - seq })
      const input = { room: this.#deps.name, epoch, after: seq, ...(id && { id }) }
      const page = (await this.#page('room:history', input)) as RoomPage // as above
      if (!isCurrent()) return false
      const isFilled = !page.reset && this.#addAll(page.messages, isCurrent)
      if (!isCurrent()) return false
      if (isFilled && this.log.position !== position) continue
      await this.#joinAgain(isCurrent, page.reset?.reason ?? 'truncated')
      return false
    }
    if (this.#announced !== undefined && this.#announced !== this.log.position?.epoch) {
      await this.#joinAgain(isCurrent) // an announced log is another one, or has lost messages
      return false
    }
    this.#retries = 0
    this.#isBusy = false
    return true
  }

  /** Joins in place of what cannot be fetched: a few times at once, then only after a pause. */
  #joinAgain(isCurrent: () => boolean, lost?: RoomResetReason): Promise<void> {
    if (++this.#joins < ROOM_JOINS_AT_ONCE) return this.#join(isCurrent, lost)
    return Promise.reject(errorFromServer('room:join', undefined, 'the end of the log moves away'))
  }

  #page(name: string, input: object): Promise<unknown> {
    return this.#deps.page(name, input, this.#controller.signal)
  }

  /** Adds consecutive messages. Returns false if they are not consecutive. */
  #addAll(messages: readonly RoomMessage[], isCurrent: () => boolean): boolean {
    for (const message of messages) {
      const place = this.log.placeOf(message)
      if (place === 'later' || place === 'elsewhere') return false
      if (place === 'next') this.#add(message)
      if (!isCurrent()) break
    }
    return true
  }

  #addWaiting(isCurrent: () => boolean): void {
    const waiting = this.#waiting
    this.#waiting = waiting.filter((message) => {
      if (isCurrent() && this.log.placeOf(message) === 'next') this.#add(message)
      return this.log.placeOf(message) === 'later'
    })
  }

  #add(message: RoomMessage): void {
    const entry = this.#deps.entryOf(message)
    // Messages of this client have the key of their item. They do not count as missed.
    if (entry.key === entry.id) this.#replayed++
    this.log.append(message, entry)
    this.#joins = 0
    this.#deps.onAppended(message)
  }

  #noteHead({ epoch, seq }: Head): void {
    if (this.#head.epoch !== epoch || this.#head.seq < seq) this.#head = { epoch, seq }
  }

  #failed(error: YektaYarError): void {
    if (!error.retryable && !error.mayHaveRun) {
      this.#deps.leave(error)
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
  return count ? { kind: 'replayed', count } : { kind: 'continuous' }
}
