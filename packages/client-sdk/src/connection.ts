import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { attemptConnection } from './attempt.js'
import type { AttemptEnd } from './attempt.js'
import { ConnectionState } from './connectionState.js'
import { startDeadline, waitUntil } from './deadline.js'
import type { Unsubscribe } from './emitter.js'
import { isOffline, watchNetwork } from './network.js'
import type { ResolvedOptions, TokenSource } from './options.js'
import { retryDelay } from './retryDelay.js'
import { resolveServerUrl } from './serverUrl.js'
import type { UrlSource } from './serverUrl.js'
import type { Session } from './session.js'
import { isYektaYarError, YektaYarError } from './yektaYarError.js'

/** Where a connection leads, and with whose token. */
export interface Target {
  readonly url: UrlSource | undefined
  readonly token: TokenSource | undefined
}

/** What a connection tells its owner. */
export interface ConnectionHooks {
  onConnected(): void
  onEvent(name: string, payload: unknown): void
  /** The network changed or the page woke up while connected. */
  onDoubt(): void
}

/** Everything between one `open()` and its end. */
interface Run {
  readonly target: Target
  readonly controller: AbortController
  readonly stopWatching: Unsubscribe
  /** Ends the pause before the next attempt; there only during one. */
  wake: (() => void) | undefined
  drop: (() => void) | undefined
}

/**
 * Keeps one connection alive: one loop that gets a token, connects, and after a failure waits and
 * starts over, until it is closed or refused for good.
 */
export class Connection {
  readonly state = new ConnectionState()
  readonly #options: ResolvedOptions
  readonly #session: Session
  readonly #hooks: ConnectionHooks
  #run: Run | undefined
  #socket: Socket | null = null
  #origin = ''
  #token = ''
  #failure: YektaYarError | undefined

  constructor(options: ResolvedOptions, session: Session, hooks: ConnectionHooks) {
    this.#options = options
    this.#session = session
    this.#hooks = hooks
  }

  /** The plain Socket.IO socket, the same one across reconnects to the same server. */
  get socket(): Socket | null {
    return this.#socket
  }

  /** Where it leads while it runs. */
  get target(): Target | undefined {
    return this.#run?.target
  }

  /** Why it stopped, while it is stopped. */
  get failure(): YektaYarError | undefined {
    return this.#failure
  }

  /** Starts the loop, in place of the one that may be running. */
  open(target: Target): void {
    this.close()
    this.#release()() // a listener may have opened another in answer to that
    const controller = new AbortController()
    const stopWatching = watchNetwork(() => {
      if (this.state.status === 'connected') this.#hooks.onDoubt()
      else run.wake?.()
    })
    const run: Run = { target, controller, stopWatching, wake: undefined, drop: undefined }
    this.#run = run
    this.#failure = undefined
    void this.#loop(run)
  }

  /** Ends the loop and everything that it holds. */
  close(): void {
    const end = this.#release()
    this.#failure = undefined
    if (this.state.status !== 'idle') {
      this.state.write({ status: 'idle', reason: null, attempt: 0, nextRetryAt: null })
    }
    end()
  }

  /** Gives up a connection that no longer answers; the loop makes a new one. */
  drop(): void {
    this.#run?.drop?.()
  }

  /**
   * Takes the run out of service; the returned function ends it. That comes last, since closing the
   * socket calls the app's own listeners on it, and those may open another run.
   */
  #release(): () => void {
    const run = this.#run
    this.#run = undefined
    return () => {
      run?.stopWatching()
      run?.controller.abort()
    }
  }

  #stop(failure: YektaYarError): void {
    const end = this.#release()
    this.#failure = failure
    const { code: reason } = failure
    this.state.write({ status: 'stopped', reason, attempt: 0, nextRetryAt: null })
    end()
  }

  async #loop(run: Run): Promise<void> {
    const isOver = (): boolean => run.controller.signal.aborted
    let phase: 'connecting' | 'reconnecting' = 'connecting'
    let attempt = 1
    while (!isOver()) {
      this.state.write({ status: phase, attempt, nextRetryAt: null })
      if (isOver()) return
      const { wasConnected, error } = await this.#attempt(run)
      if (isOver()) return

      if (wasConnected) {
        phase = 'reconnecting'
        attempt = 1
      }
      if (isTokenRejection(error)) {
        const canRetry = await this.#session.replace(run.target.token)
        if (isOver()) return
        if (canRetry) continue
      }
      if (error.code === 'aborted') {
        this.close()
      } else if (!error.retryable) {
        this.#stop(error)
        // Last, and unless a listener has connected anew: with another token, it may.
        if (isTokenRejection(error) && !this.#run) this.#session.end()
      } else {
        await this.#pause(run, phase, attempt++, error)
      }
    }
  }

  async #attempt(run: Run): Promise<AttemptEnd> {
    const { signal } = run.controller
    try {
      const { origin, token } = await this.#prepare(run)
      if (signal.aborted) throw new YektaYarError('aborted', 'The connection was given up')
      this.#token = token
      const socket = this.#socketTo(origin)
      return await attemptConnection(socket, {
        signal,
        timeoutMs: this.#options.connectTimeoutMs,
        onConnected: () => {
          this.#admitted(socket)
        },
        onDrop: (drop) => {
          run.drop = drop
        },
      })
    } catch (cause) {
      const error = isYektaYarError(cause)
        ? cause
        : new YektaYarError('network_error', 'connect: the attempt failed', { cause })
      return { wasConnected: false, error }
    } finally {
      run.drop = undefined
    }
  }

  /** Finds address and token within the limit of an attempt, however long the app or REST take. */
  async #prepare({ target, controller }: Run): Promise<{ origin: string; token: string }> {
    const { connectTimeoutMs } = this.#options
    const deadline = startDeadline(connectTimeoutMs, controller.signal)
    const find = async (): Promise<{ origin: string; token: string }> => {
      const origin = await resolveServerUrl(target.url)
      return { origin, token: await this.#session.token(origin, target.token, deadline.signal) }
    }
    try {
      return await waitUntil<{ origin: string; token: string }>(
        deadline,
        (resolve, reject) => {
          find().then(resolve, reject)
          return () => undefined
        },
        (code) => new YektaYarError(code, `No session within ${connectTimeoutMs} ms`),
      )
    } finally {
      deadline.end()
    }
  }

  #admitted(socket: Socket): void {
    const { engine } = socket.io
    engine.once('upgrade', ({ name }: { name: string }) => {
      if (this.state.status === 'connected') this.state.write({ transport: name })
    })
    this.#session.accepted()
    this.state.write({
      status: 'connected',
      reason: null,
      attempt: 0,
      nextRetryAt: null,
      transport: engine.transport.name,
      socketId: socket.id ?? null,
    })
    if (socket.connected) this.#hooks.onConnected()
  }

  /** Waits before the next attempt: for its time, or for the network where there is none. */
  #pause(
    run: Run,
    phase: 'connecting' | 'reconnecting',
    attempt: number,
    { code: reason }: YektaYarError,
  ): Promise<void> {
    const { signal } = run.controller
    const { retryDelayMs, retryDelayMaxMs } = this.#options
    const offline = isOffline()
    const delayMs = retryDelay(attempt - 1, retryDelayMs, retryDelayMaxMs)
    return new Promise((resolve) => {
      const timer = offline ? undefined : setTimeout(() => run.wake?.(), delayMs)
      run.wake = () => {
        run.wake = undefined
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      const onAbort = run.wake
      signal.addEventListener('abort', onAbort)
      this.state.write({
        status: offline ? 'offline' : phase,
        reason,
        attempt,
        nextRetryAt: offline ? null : Date.now() + delayMs,
      })
    })
  }

  #socketTo(origin: string): Socket {
    if (this.#socket && this.#origin === origin) return this.#socket
    const socket = io(origin, {
      autoConnect: false,
      forceNew: true,
      reconnection: false,
      transports: [...this.#options.transports],
      tryAllTransports: true,
      timeout: this.#options.connectTimeoutMs,
      auth: (present) => {
        present({ token: this.#token })
      },
    })
    socket.onAny((name: string, payload: unknown) => {
      this.#hooks.onEvent(name, payload)
    })
    this.#origin = origin
    this.#socket = socket
    return socket
  }
}

function isTokenRejection({ code }: YektaYarError): boolean {
  return code === 'token_invalid' || code === 'token_required'
}
