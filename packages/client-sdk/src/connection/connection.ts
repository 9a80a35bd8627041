import type { ErrorCode } from '@yektayar/protocol'
import type { Socket } from 'socket.io-client'
import type { Session } from '../session/session.js'
import { throwIfAborted } from '../shared/abortController.js'
import { startDeadline, waitUntil, whenAborted } from '../shared/deadline.js'
import { RACE_DELAY_MS, SUCCESSOR_WAIT_MS } from '../shared/limits.js'
import type { ResolvedOptions } from '../shared/options.js'
import { now } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { resolveServerUrl } from '../shared/serverUrl.js'
import type { Tracer } from '../shared/trace.js'
import { isYektaYarError, YektaYarError } from '../shared/yektaYarError.js'
import { AttemptTrace } from './attemptTrace.js'
import { pauseAfter } from './backoff.js'
import { createRun } from './connectionRun.js'
import type { ConnectionRun, Target } from './connectionRun.js'
import { ConnectionState } from './connectionState.js'
import { connectOnce } from './connectOnce.js'
import { noAnswerYet } from './noAnswerYet.js'
import { LinkProbe } from './linkProbe.js'
import { isOffline, watchNetwork } from './networkEvents.js'
import { ServerSocket } from './serverSocket.js'
import type { ServerSocketEvents } from './serverSocket.js'
import { TransportOrder } from './transportOrder.js'

/** After these codes, another session may be admitted. */
const rejectionCodes: readonly ErrorCode[] = ['session_ended', 'token_invalid', 'token_required']

/** The callbacks of a connection. */
export interface ConnectionEvents extends ServerSocketEvents {
  /** Called when an answer is overdue; sends a probe. Any packet of the server proves the link. */
  ping(this: void): void
  /** Called when a connection or an attempt has ended, before the status changes. */
  onEnded(this: void): void
}

/**
 * Keeps a connection alive by one retry loop: it gets a token, connects, and waits after a failure,
 * until it is closed or refused for good.
 */
export class Connection {
  readonly state = new ConnectionState()
  readonly trace: Tracer | undefined
  readonly server: ServerSocket
  readonly #options: ResolvedOptions
  readonly #session: Session
  readonly #events: ConnectionEvents
  readonly #probe = new LinkProbe()
  readonly #order: TransportOrder
  #target: Target
  #run: ConnectionRun | undefined

  constructor(options: ResolvedOptions, session: Session, events: ConnectionEvents) {
    this.trace = options.trace
    this.#options = options
    this.#target = options
    this.#session = session
    this.#events = events
    this.#order = new TransportOrder(options.transports)
    this.server = new ServerSocket(options, events)
  }

  /** The plain Socket.IO socket, the same one from the first `open()` on. */
  get socket(): Socket | null {
    return this.server.current
  }

  /** The target of the current or the next connection. */
  get target(): Target {
    return this.#target
  }

  get isOpen(): boolean {
    return this.#run !== undefined
  }

  /** Starts the loop, in place of the one that may be running. */
  open(target: Target): void {
    this.close()
    this.#release()() // a listener of close() may have opened another run
    this.server.open()
    const run = createRun(target)
    watchNetwork(run.watch.signal, () => {
      if (this.state.status === 'connected') this.doubt()
      else this.hurry()
    })
    this.#target = target
    this.#run = run
    void this.#loop(run)
  }

  /** Ends the pause before the next attempt, which takes the place of another connection if need be. */
  hurry(): void {
    const run = this.#run
    if (!run || this.state.snapshot.nextRetryAt === null) return
    run.yields = false
    run.step?.abort('aborted')
  }

  /** Ends the loop. The status becomes `idle`, or `stopped` with a failure. */
  close(failure?: YektaYarError): void {
    const end = this.#release()
    const status = failure ? 'stopped' : 'idle'
    if (this.state.status !== status) {
      this.trace?.({ type: 'closed', code: failure?.code ?? null })
      this.state.write({ status, error: failure ?? null })
    }
    end()
  }

  /**
   * Probes the connection after the network changed, the page woke up, or an answer is overdue. If
   * nothing arrives, the connection is dropped and the loop connects again.
   */
  doubt(): void {
    const run = this.#run
    const { socket } = this
    if (this.state.status !== 'connected' || !socket) return
    this.#probe.begin(socket, this.#events.ping, () => run?.step?.abort('connection_lost'))
  }

  /** Drops the connection without a probe; the loop connects again. */
  drop(): void {
    this.#run?.step?.abort('connection_lost')
  }

  /**
   * Detaches the current run. The returned function ends it. Call that function last, since closing
   * the socket calls the app's own listeners, which may open another run.
   */
  #release(): () => void {
    const run = this.#run
    this.#run = undefined
    this.#probe.end()
    return () => {
      run?.watch.abort()
      run?.step?.abort('aborted')
      if (run && !this.#run) this.#session.close()
    }
  }

  async #loop(run: ConnectionRun): Promise<void> {
    const isOver = (): boolean => this.#run !== run
    while (!isOver()) {
      this.#writePhase(run, null)
      if (isOver()) return
      const trace = new AttemptTrace(this.trace, run.attempt, isOffline(this.#options.isOnline))
      const error = await this.#attempt(run, trace)
      trace.ended(error)
      if (isOver()) return
      run.error = error
      run.yields ||= error.code === 'session_replaced'
      const isRejected = rejectionCodes.includes(error.code) && !error.retryable
      if (isRejected && (await this.#goesOn(run, error))) continue
      if (isOver()) return
      if (isRejected && this.#session.replace(run.target.token)) continue
      if (error.code === 'aborted') {
        this.close()
      } else if (error.retryable) {
        await this.#pause(run, error)
      } else {
        this.close(error)
        // Last, and only if no listener has connected again, which is allowed with another token.
        if (isRejected && !this.#run) this.#session.refuse()
      }
    }
  }

  /** Makes one attempt. Resolves with the reason when it or its connection ends; never rejects. */
  async #attempt(run: ConnectionRun, trace: AttemptTrace): Promise<YektaYarError> {
    const deadline = startDeadline(this.#options.connectTimeoutMs)
    run.step = deadline
    const note = (trouble: YektaYarError): void => {
      clearTimeout(slow)
      if (this.#run !== run) return
      run.error = trouble
      this.state.write({ error: trouble })
    }
    const slow = setTimeout(() => {
      note(noAnswerYet(trace.step, run.target))
    }, RACE_DELAY_MS)
    try {
      await waitUntil<undefined>(
        deadline,
        (resolve, reject) => {
          this.#prepare(run, trace, deadline.signal).then(() => {
            resolve(undefined)
          }, reject)
          return () => {
            this.#session.settle()
          }
        },
        (code) => new YektaYarError(code, `connect: ${code} (${trace.step})`),
      )
      const socket = this.server.open()
      return await connectOnce(this.server, this.#order, deadline.signal, {
        ahead: run.ahead,
        onConnected: () => {
          deadline.end()
          clearTimeout(slow)
          trace.connected(socket.io.engine.transport.name)
          this.#admitted(run, socket)
        },
        onTrouble: note,
      })
    } catch (cause) {
      if (isYektaYarError(cause)) return cause
      return new YektaYarError('internal_error', 'connect: failed', { retryable: true, cause })
    } finally {
      run.ahead?.giveUp()
      deadline.end()
      clearTimeout(slow)
      this.#events.onEnded()
      if (this.#run === run) {
        this.#probe.end()
        this.#session.left()
      }
    }
  }

  async #prepare(run: ConnectionRun, trace: AttemptTrace, signal: AbortSignal): Promise<void> {
    const { url, token } = run.target
    const origin = await resolveServerUrl(url)
    throwIfAborted(signal)
    run.ahead = this.server.openAhead(run.attempt, this.#order, origin)
    trace.step = 'session'
    const current = await this.#session.token(origin + this.#options.basePath, token, signal)
    throwIfAborted(signal) // too late: another attempt may have its own by now
    trace.step = 'connection'
    this.trace?.({ type: 'connecting', origin, transports: this.#order.names })
    this.server.to(origin, current, run.yields)
  }

  /**
   * Whether there is another token for the next attempt. After a sign-in or sign-out, the tab or
   * client that did it writes the new token to the shared storage. So wait for that before a
   * replacement session is acquired.
   */
  async #goesOn(run: ConnectionRun, error: YektaYarError): Promise<boolean> {
    const isChanged = propertiesOf(error.data).code === 'changed'
    if (run.target.token !== undefined) {
      const isAsked = isChanged && typeof run.target.token === 'function'
      if (isAsked) await this.#pause(run, error)
      return isAsked
    }
    if (isChanged) run.patientUntil = now() + SUCCESSOR_WAIT_MS
    const waitMs = run.patientUntil - now()
    if (waitMs > 0) {
      const wait = startDeadline(waitMs)
      run.step = wait
      this.#writePhase(run, null)
      const isFound = await this.#session.hasSuccessor(wait.signal)
      wait.end()
      return isFound
    }
    if (await this.#session.hasSuccessor()) return true
    if (error.code !== 'session_ended' || !this.#options.replaceSession || this.#run !== run)
      return false
    await this.#pause(run, error)
    return this.#session.hasSuccessor()
  }

  #admitted(run: ConnectionRun, socket: Socket): void {
    const { engine } = socket.io
    engine.once('upgrade', ({ name }: { name: string }) => {
      if (this.state.status !== 'connected') return
      this.trace?.({ type: 'upgraded', transport: name })
      this.state.write({ transport: name })
    })
    run.phase = 'reconnecting'
    run.attempt = 1
    run.yields = false
    run.patientUntil = 0
    this.#session.accepted()
    this.state.write({
      status: 'connected',
      transport: engine.transport.name,
      socketId: socket.id ?? null,
    })
  }

  /** Waits before the next attempt; a network or page event ends the pause. */
  async #pause(run: ConnectionRun, error: YektaYarError): Promise<void> {
    // Many clients may have lost their sessions at the same time and now acquire new ones.
    const isCrowded = this.#session.isReplacing && error.code !== 'session_ended'
    const delayMs = pauseAfter(error, run.attempt - 1, isCrowded, this.#options)
    const pause = startDeadline(delayMs)
    this.trace?.({ type: 'retry', code: error.code, delayMs })
    run.step = pause
    const ended = whenAborted(pause.signal)
    this.#writePhase(run, Date.now() + delayMs)
    run.attempt++
    await ended
  }

  #writePhase({ phase, attempt, error }: ConnectionRun, nextRetryAt: number | null): void {
    const status = isOffline(this.#options.isOnline) ? 'offline' : phase
    this.state.write({ status, attempt, error: error ?? null, nextRetryAt })
  }
}
