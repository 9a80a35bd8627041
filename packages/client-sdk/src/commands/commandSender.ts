import type { Connection } from '../connection/connection.js'
import { errorFromServer } from '../shared/errorFromServer.js'
import type { Unsubscribe } from '../shared/emitter.js'
import { checkWait } from '../shared/invalidOption.js'
import { INPUT_BOUNDS } from '../shared/limits.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { TimeoutLists } from '../shared/timeoutLists.js'
import { codeOf, elapsedMs } from '../shared/trace.js'
import { isYektaYarError } from '../shared/yektaYarError.js'
import { measurePayload } from './measurePayload.js'
import { PendingCall } from './pendingCall.js'
import type { EndCode, SendCommandOptions, SentCommand } from './pendingCall.js'
import { validatePayload } from './validatePayload.js'

/**
 * Sends the commands of a client, and keeps those that have no answer yet.
 *
 * Nothing stays in Socket.IO's send buffer. Without a connection, a command waits for one only
 * within its own timeout, so that an outdated command is never sent minutes later.
 */
export class CommandSender {
  readonly connection: Connection
  readonly #pending = new TimeoutLists<PendingCall>((call) => {
    this.#fail(call, 'timeout')
    // It was sent, and no answer came: the link may be silent.
    if (call.isSent) this.connection.doubt()
  })
  /** Those that wait for a connection, in the order of their calls. */
  readonly #waiting = new Set<PendingCall>()
  #count = 0

  /** Create it before others listen to the state: their calls must not overtake those that wait. */
  constructor(connection: Connection) {
    this.connection = connection
    connection.state.onChange(() => {
      this.#sendWaiting()
    })
  }

  /**
   * Sends a command: before this returns, if there is a connection and no contract to check its input.
   * Every failure rejects the answer, so branch on `code`, and on `mayHaveRun` before a retry.
   */
  send(name: string, input: unknown, options: SendCommandOptions): SentCommand {
    const isTimed = options.isTimed === true || this.connection.trace !== undefined
    const call = new PendingCall(++this.#count, name, isTimed)
    call.answer = this.#answerOf(call, input, options)
    if (call.hasFailed) ignoreRejection(call)
    return call
  }

  /** Ends what was sent on a connection that has ended. */
  onConnectionLost(): void {
    for (const call of this.#pending.all()) if (call.socket) this.#fail(call, 'connection_lost')
  }

  async #answerOf(
    call: PendingCall,
    given: unknown,
    { timeoutMs, signal, contract }: SendCommandOptions,
  ): Promise<unknown> {
    const { name } = call
    const { trace } = this.connection
    let stopFollowing: Unsubscribe | undefined
    let failure: unknown
    try {
      checkWait(timeoutMs, signal)
      this.#pending.add(call, timeoutMs)
      stopFollowing = signal && this.#follow(call, signal)
      const { input, bytes } = measurePayload(name, given, INPUT_BOUNDS, call.isTimed)
      call.input = input
      call.bytes = bytes
      if (contract) await validatePayload(contract, 'input', name, input)
      if (call.list) this.#waitForTurn(call)
      // What has failed by now is thrown within the call, where its caller is in the stack.
      const answer = call.code ? call : await call.outcome
      if (answer === call) throw call.toError()
      const { ok, data, error } = propertiesOf(answer)
      if (ok !== true) throw errorFromServer(name, ok === false ? error : undefined)
      return contract ? await validatePayload(contract, 'output', name, data) : data
    } catch (error) {
      failure = error
      this.#take(call)
      call.hasFailed = true
      if (call.requestId && isYektaYarError(error)) error.requestId = call.requestId
      // Engines find the caller of a new error only as long as nobody else waits for the promise.
      ignoreRejection(call)
      throw error
    } finally {
      stopFollowing?.()
      trace?.({
        type: 'answer',
        ...{ call: call.number, name, code: failure ? codeOf(failure) : null },
        mayHaveRun: propertiesOf(failure).mayHaveRun === true,
        requestId: call.requestId,
        durationMs: elapsedMs(call.sentAt || call.addedAt),
      })
    }
  }

  #follow(call: PendingCall, signal: AbortSignal): Unsubscribe {
    const onAbort = (): void => {
      this.#fail(call, 'aborted')
    }
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    return () => {
      signal.removeEventListener('abort', onAbort)
    }
  }

  #waitForTurn(call: PendingCall): void {
    const { state, trace } = this.connection
    const isConnected = state.status === 'connected'
    if (isConnected && this.#waiting.size === 0) {
      this.#emit(call)
      return
    }
    const { number, name, bytes } = call
    if (!isConnected) trace?.({ type: 'wait', call: number, name, bytes })
    this.#waiting.add(call)
    this.#sendWaiting()
  }

  /** Sends what waits for a connection if there is one, and ends it if none is to come. */
  #sendWaiting(): void {
    const { status } = this.connection.state
    for (const call of this.#waiting) {
      if (status === 'connected') {
        this.#waiting.delete(call)
        this.#emit(call)
      } else if (status === 'idle' || status === 'stopped') this.#fail(call, 'not_connected')
    }
  }

  #emit(call: PendingCall): void {
    const { socket, trace } = this.connection
    const { number, name, bytes } = call
    if (!socket?.connected) {
      this.#fail(call, 'connection_lost')
      return
    }
    trace?.({ type: 'send', call: number, name, bytes })
    try {
      call.emit(socket, (answer) => {
        if (this.#take(call)) call.succeed(answer)
      })
    } catch (error) {
      call.reject(error) // by a listener of the app's
    }
  }

  #fail(call: PendingCall, code: EndCode): void {
    if (!this.#take(call)) return
    // What keeps a call waiting is why there is no connection.
    const isWaiting = !call.socket && code !== 'connection_lost'
    call.fail(code, isWaiting ? (this.connection.state.snapshot.error ?? undefined) : undefined)
  }

  /** Takes a call out of the table. Returns whether it was there. */
  #take(call: PendingCall): boolean {
    if (!call.socket) this.#waiting.delete(call)
    return this.#pending.remove(call)
  }
}

/** A rejection is the caller's to handle; one that nobody handles must not end a process in Node. */
function ignoreRejection({ answer }: PendingCall): void {
  // Absent while `send()` runs, which does it then.
  ;(answer as Promise<unknown> | undefined)?.catch(() => undefined)
}
