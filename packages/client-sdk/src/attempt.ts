import type { Socket } from 'socket.io-client'
import type { DeadlineCode } from './deadline.js'
import { answerError } from './answerError.js'
import { YektaYarError } from './yektaYarError.js'

/**
 * Connects a socket once and resolves with why that ended, before or after the server admitted it.
 * Socket.IO's own reconnection is off, so the end is final, and the socket is closed and without
 * our listeners by then. The signal, aborted with a {@link DeadlineCode}, ends it from outside.
 */
export function attemptConnection(
  socket: Socket,
  signal: AbortSignal,
  onConnected: () => void,
): Promise<YektaYarError> {
  return new Promise((resolve) => {
    const end = (error: YektaYarError): void => {
      signal.removeEventListener('abort', onAbort)
      socket
        .off('connect', onConnected)
        .off('connect_error', onError)
        .off('disconnect', onDisconnect)
        .disconnect()
      resolve(error)
    }
    const onError = (error: Error): void => {
      end(toConnectError(error, !socket.active))
    }
    const onDisconnect = (reason: string): void => {
      end(toLoss(reason))
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
      .connect()
  })
}

/** A server that refused without a code, as the guide's own does, would refuse again. */
function toConnectError(error: Error & { data?: unknown }, isRefused: boolean): YektaYarError {
  if (isRefused) return answerError('connect', error.data, error.message)
  return new YektaYarError('network_error', 'connect: not reached', { cause: error })
}

function toLoss(reason: string): YektaYarError {
  if (reason === 'io server disconnect') {
    return new YektaYarError('disconnected_by_server', 'connect: ended by the server', {
      hint: 'Call connect()',
    })
  }
  const code = reason === 'io client disconnect' ? 'aborted' : 'connection_lost'
  return new YektaYarError(code, `connect: lost (${reason})`)
}
