import type { Socket } from 'socket.io-client'
import { parseFailure } from './parseAnswer.js'
import { YektaYarError } from './yektaYarError.js'

/** How an attempt to connect ended. */
export interface AttemptEnd {
  /** Whether the server had admitted the connection before it ended. */
  readonly wasConnected: boolean
  readonly error: YektaYarError
}

/** What one attempt needs. */
export interface AttemptOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly onConnected: () => void
  /** Receives the function that gives this connection up from outside. */
  readonly onDrop: (drop: () => void) => void
}

/**
 * Connects a socket once and follows it to its end; never rejects. Socket.IO's own reconnection is
 * off, so the end is final, and the socket is closed and without our listeners by then.
 */
export function attemptConnection(socket: Socket, options: AttemptOptions): Promise<AttemptEnd> {
  const { timeoutMs, signal, onConnected, onDrop } = options
  return new Promise((resolve) => {
    let wasConnected = false

    const end = (error: YektaYarError): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.off('connect', onConnect).off('connect_error', onError).off('disconnect', onDisconnect)
      socket.disconnect()
      resolve({ wasConnected, error })
    }
    const onConnect = (): void => {
      clearTimeout(timer)
      wasConnected = true
      onConnected()
    }
    const onError = (error: Error): void => {
      end(toConnectError(error, !socket.active))
    }
    const onDisconnect = (reason: string): void => {
      end(toLoss(reason))
    }
    const onAbort = (): void => {
      end(new YektaYarError('aborted', 'The connection was given up'))
    }
    const timer = setTimeout(() => {
      end(new YektaYarError('timeout', `No connection within ${timeoutMs} ms`))
    }, timeoutMs)

    signal.addEventListener('abort', onAbort)
    socket.on('connect', onConnect).on('connect_error', onError).on('disconnect', onDisconnect)
    onDrop(() => {
      end(toLoss('no answer to a probe'))
    })
    socket.connect()
  })
}

/** A server that refused without a code, as the guide's own does, would refuse again. */
function toConnectError(error: Error & { data?: unknown }, isRefused: boolean): YektaYarError {
  if (isRefused) {
    const unknown = { code: 'invalid_answer', message: error.message, retryable: false } as const
    return YektaYarError.fromAnswer('connect', parseFailure(error.data) ?? unknown)
  }
  return new YektaYarError('network_error', 'connect: the server was not reached', { cause: error })
}

function toLoss(reason: string): YektaYarError {
  if (reason === 'io server disconnect') {
    return new YektaYarError('disconnected_by_server', 'The server ended the connection', {
      hint: 'Call connect() to come back',
    })
  }
  if (reason === 'io client disconnect') {
    return new YektaYarError('aborted', 'The socket was disconnected on this side')
  }
  return new YektaYarError('connection_lost', `The connection was lost: ${reason}`)
}
