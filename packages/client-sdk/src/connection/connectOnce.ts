import type { Socket } from 'socket.io-client'
import type { DeadlineCode } from '../shared/deadline.js'
import { errorFromServer, isRefusal, toRetryable } from '../shared/errorFromServer.js'
import { hintFor } from '../shared/hintFor.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import { openTransport } from './openTransport.js'

/** What the server said before it closed the connection. */
interface LastWord {
  readonly endCode?: unknown
  readonly retryAfterMs?: number
}

/**
 * Connects a socket once and resolves with why that ended, before or after the server admitted it.
 * Socket.IO's own reconnection is off, so the end is final, and the socket is closed and without
 * our listeners by then. The signal, aborted with a {@link DeadlineCode}, ends it from outside.
 */
export function connectOnce(
  socket: Socket,
  signal: AbortSignal,
  onConnected: () => void,
): Promise<YektaYarError> {
  return new Promise((resolve) => {
    let lastWord: LastWord = {}
    const onEnded = (payload: unknown): void => {
      lastWord = { endCode: propertiesOf(payload).code }
    }
    const onDraining = (payload: unknown): void => {
      lastWord = { retryAfterMs: spreadDelay(payload) }
    }
    const end = (error: YektaYarError): void => {
      signal.removeEventListener('abort', onAbort)
      socket
        .off('connect', onConnected)
        .off('connect_error', onError)
        .off('disconnect', onDisconnect)
        .off('session:ended', onEnded)
        .off('server:draining', onDraining)
      leave(error.code === 'connection_lost')
      socket.disconnect()
      resolve(error)
    }
    const onError = (error: Error): void => {
      end(toConnectError(error, !socket.active))
    }
    const onDisconnect = (reason: string): void => {
      end(toLoss(reason, lastWord))
    }
    const onAbort = (): void => {
      const code = signal.reason as DeadlineCode // as said above
      end(new YektaYarError(code, `connect: ${code}`))
    }
    signal.addEventListener('abort', onAbort)
    socket
      .on('connect', onConnected)
      .on('connect_error', onError)
      .on('disconnect', onDisconnect)
      .on('session:ended', onEnded)
      .on('server:draining', onDraining)
    const leave = openTransport(socket, end)
  })
}

/** Only a refusal in the server's own format is final, and none that nobody decided. */
function toConnectError(error: Error & { data?: unknown }, isRefused: boolean): YektaYarError {
  if (isRefused) {
    const refusal = errorFromServer('connect', error.data, error.message)
    const isFinal = isRefusal(error.data) && refusal.code !== 'internal_error'
    return isFinal ? refusal : toRetryable(refusal)
  }
  // Engine.IO tells the status of an answer over polling, and by a code that it cannot read one.
  const { description, code } = propertiesOf(error)
  if (Number(description) > 0 || code !== undefined) {
    const what = Number(description) > 0 ? `status ${String(description)}` : undefined
    return toRetryable(errorFromServer('connect', undefined, what, error))
  }
  return new YektaYarError('network_error', 'connect: not reached', {
    hint: hintFor(error),
    cause: error,
  })
}

function toLoss(reason: string, { endCode, retryAfterMs }: LastWord): YektaYarError {
  if (endCode === 'replaced') {
    return new YektaYarError('session_replaced', 'connect: too many connections of this session', {
      hint: 'Close another tab or client, and call connect()',
    })
  }
  if (endCode !== undefined) {
    return new YektaYarError('session_ended', 'connect: the session is over', {
      data: { code: endCode },
    })
  }
  if (reason === 'io server disconnect') {
    return new YektaYarError('disconnected_by_server', 'connect: ended by the server', {
      hint: 'Call connect()',
    })
  }
  const code = reason === 'io client disconnect' ? 'aborted' : 'connection_lost'
  return new YektaYarError(code, `connect: lost (${reason})`, { data: { reason, retryAfterMs } })
}

/** When to come back to a server that is about to go: each client at a time of its own. */
function spreadDelay(payload: unknown): number {
  const { retryAfterMs, spreadMs } = propertiesOf(payload)
  return Number(retryAfterMs) + Math.random() * Number(spreadMs)
}
