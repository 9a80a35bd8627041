import type { Socket } from 'socket.io-client'
import type { DeadlineCode } from '../shared/deadline.js'
import { WELCOME_DELAY_MS, YOUNG_CONNECTION_MS } from '../shared/limits.js'
import { now } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import {
  abandon,
  adoptConnection,
  announceFailure,
  isChangingTransport,
} from './engineInternals.js'
import type { OpeningTransport } from './openingTransport.js'
import { raceTransports } from './raceTransports.js'
import { retryWebSocket } from './retryWebSocket.js'
import type { ServerSocket } from './serverSocket.js'
import type { TransportOrder } from './transportOrder.js'

/** What the server last announced. */
interface LastWord {
  endCode?: unknown
  retryAfterMs?: number
}

/** What goes into a connection, and what its caller hears before it ends. */
export interface ConnectOptions {
  /** What was opened before there was a token. */
  readonly ahead: OpeningTransport | undefined
  /** The server has admitted it, and has said that it is one of ours. */
  onConnected(this: void): void
  /** It goes on, though something has failed. */
  onTrouble(this: void, error: YektaYarError): void
}

/**
 * Makes one connection and resolves with why it ended, before or after the server admitted it.
 * Socket.IO's own reconnection is off, so the end is final, and the socket is closed and without
 * our listeners by then. The signal, aborted with a {@link DeadlineCode}, ends it from outside.
 */
export function connectOnce(
  server: ServerSocket,
  order: TransportOrder,
  signal: AbortSignal,
  { ahead, onConnected, onTrouble }: ConnectOptions,
): Promise<YektaYarError> {
  const socket = server.open()
  const startedAt = now()
  const mayUpgrade = order.isUpgrading && order.names.includes('websocket') // as it is for this attempt
  return new Promise((resolve) => {
    let stopRetries = (): void => undefined
    const lastWord: LastWord = {}
    let admittedAt: number | undefined
    let isOurs = false
    let missing: ReturnType<typeof setTimeout> | undefined
    const end = (error: YektaYarError, isSilent = false): void => {
      signal.removeEventListener('abort', onAbort)
      clearTimeout(missing)
      mute()
      stop()
      stopRetries()
      if (admittedAt !== undefined) {
        const { engine } = socket.io
        engine.off('upgradeError', onUpgradeError).off('upgrade', onUpgrade)
        const isYoung = now() - admittedAt < YOUNG_CONNECTION_MS
        if (isSilent && isYoung && engine.transport.name === 'websocket') order.avoidWebSocket()
        if (error.code === 'connection_lost') abandon(engine)
      }
      socket.disconnect()
      resolve(error)
    }
    const expire = (code: DeadlineCode): void => {
      if (code === 'timeout' && !isOurs) order.rotate()
      end(failureOf(code, admittedAt !== undefined), code === 'connection_lost')
    }
    const onAbort = (): void => {
      expire(signal.reason as DeadlineCode) // as said above
    }
    // Polling has stopped once the probe was answered, so nothing would arrive until the heartbeat is missed.
    const onUpgradeError = (cause: Error): void => {
      const { engine } = socket.io
      if (engine.readyState !== 'open' || !isChangingTransport(engine)) return
      order.avoidWebSocket()
      end(new YektaYarError('connection_lost', 'connect: lost (upgrade)', { cause }))
    }
    const onUpgrade = (): void => {
      admittedAt = now() // from now on it is a young WebSocket
    }
    signal.addEventListener('abort', onAbort)
    const mute = listen(socket, {
      ...heardInto(lastWord),
      connected() {
        if (isOurs) return
        isOurs = true
        clearTimeout(missing)
        onConnected()
      },
      disconnect(reason: string) {
        end(toLoss(reason, isOurs ? lastWord : {}, isOurs), reason === 'ping timeout')
      },
    })
    const stop = raceTransports(server, order, ahead, {
      onAdmitted: (manager, packet) => {
        const { engine } = manager
        admittedAt = now()
        // Only our servers send "connected", with the admission.
        missing = setTimeout(expire, WELCOME_DELAY_MS + admittedAt - startedAt, 'timeout')
        engine.on('upgradeError', onUpgradeError).on('upgrade', onUpgrade)
        if (mayUpgrade && engine.transport.name === 'polling')
          stopRetries = retryWebSocket(server, engine)
        adoptConnection(socket, manager, packet)
      },
      onTrouble,
      onLost: (error) => {
        announceFailure(socket, error)
        end(error)
      },
    })
  })
}

/** The error of an abort. A timeout after admission means that `connected` has not come. */
function failureOf(code: DeadlineCode, isAdmitted: boolean): YektaYarError {
  return code === 'timeout' && isAdmitted ? notOurs() : new YektaYarError(code, `connect: ${code}`)
}

/** Listeners for what a server announces before it closes the connection. */
function heardInto(lastWord: LastWord) {
  return {
    'session:ended': (payload: unknown) => {
      lastWord.endCode = propertiesOf(payload).code
    },
    'server:draining': (payload: unknown) => {
      lastWord.retryAfterMs = spreadDelay(payload)
    },
  }
}

/** Listens to a socket. Returns how to stop. */
function listen(
  socket: Socket,
  listeners: Readonly<Record<string, (payload: string) => void>>,
): () => void {
  const all = Object.entries(listeners)
  for (const [name, listener] of all) socket.on(name, listener)
  return () => {
    for (const [name, listener] of all) socket.off(name, listener)
  }
}

function notOurs(): YektaYarError {
  return new YektaYarError('invalid_answer', 'connect: admitted, but not welcomed', {
    hint: 'Is it a YektaYar server? Check url and path',
    retryable: true,
  })
}

function toLoss(
  reason: string,
  { endCode, retryAfterMs }: Readonly<LastWord>,
  isOurs: boolean,
): YektaYarError {
  if (endCode === 'replaced') {
    return new YektaYarError('session_replaced', 'connect: too many connections of this session', {
      hint: 'Close another tab or client; connect() takes its place',
    })
  }
  if (endCode !== undefined) {
    return new YektaYarError('session_ended', 'connect: the session has ended', {
      data: { code: endCode },
    })
  }
  if (reason === 'io server disconnect' && !isOurs) return notOurs()
  if (reason === 'io server disconnect') {
    return new YektaYarError('disconnected_by_server', 'connect: ended by the server', {
      hint: 'Call connect()',
    })
  }
  const code = reason === 'io client disconnect' ? 'aborted' : 'connection_lost'
  return new YektaYarError(code, `connect: lost (${reason})`, { data: { reason, retryAfterMs } })
}

/** When to reconnect to a server that is closing: a random time within the announced window. */
function spreadDelay(payload: unknown): number {
  const { retryAfterMs, spreadMs } = propertiesOf(payload)
  return Number(retryAfterMs) + Math.random() * Number(spreadMs)
}
