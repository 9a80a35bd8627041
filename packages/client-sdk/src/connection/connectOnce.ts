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
  readonly endCode?: unknown
  readonly retryAfterMs?: number
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
  const { isUpgrading } = order // as it is for this attempt
  return new Promise((resolve) => {
    let stopRetries = (): void => undefined
    let admittedAt: number | undefined
    const welcome = awaitWelcome(socket, onConnected, () => {
      expire('timeout')
    })
    const announced = hearLastWord(socket)
    const end = (error: YektaYarError, isSilent = false): void => {
      signal.removeEventListener('abort', onAbort)
      socket.off('disconnect', onDisconnect)
      announced.stop()
      welcome.stop()
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
    const onDisconnect = (reason: string): void => {
      end(toLoss(reason, announced.lastWord, welcome.isOurs), reason === 'ping timeout')
    }
    const onAbort = (): void => {
      expire(signal.reason as DeadlineCode) // as said above
    }
    const expire = (code: DeadlineCode): void => {
      if (code === 'timeout' && !welcome.isOurs) order.rotate()
      end(failureOf(code, admittedAt !== undefined), code === 'connection_lost')
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
    socket.on('disconnect', onDisconnect)
    const stop = raceTransports(server, order, ahead, {
      onAdmitted: (manager, packet) => {
        const { engine } = manager
        admittedAt = now()
        welcome.expect()
        engine.on('upgradeError', onUpgradeError).on('upgrade', onUpgrade)
        const isPolling = engine.transport.name === 'polling'
        if (isPolling && isUpgrading && order.names.includes('websocket')) {
          stopRetries = retryWebSocket(server, engine)
        }
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

/** Listens for what the server announces before it closes the connection. */
function hearLastWord(socket: Socket) {
  const onEnded = (payload: unknown): void => {
    announced.lastWord = { endCode: propertiesOf(payload).code }
  }
  const onDraining = (payload: unknown): void => {
    announced.lastWord = { retryAfterMs: spreadDelay(payload) }
  }
  const announced: { lastWord: LastWord; stop: () => void } = {
    lastWord: {},
    stop: () => {
      socket.off('session:ended', onEnded).off('server:draining', onDraining)
    },
  }
  socket.on('session:ended', onEnded).on('server:draining', onDraining)
  return announced
}

/**
 * Calls back at the event `connected`, which only our servers send; each Socket.IO server admits a client.
 * Ours send it with the admission, so `onMissing` is called where it does not follow that soon.
 */
function awaitWelcome(socket: Socket, onConnected: () => void, onMissing: () => void) {
  const startedAt = now()
  let timer: ReturnType<typeof setTimeout> | undefined
  const onWelcome = (): void => {
    if (welcome.isOurs) return
    welcome.isOurs = true
    clearTimeout(timer)
    onConnected()
  }
  const welcome = {
    isOurs: false,
    expect: () => {
      timer = setTimeout(onMissing, WELCOME_DELAY_MS + now() - startedAt)
    },
    stop: () => {
      clearTimeout(timer)
      socket.off('connected', onWelcome)
    },
  }
  socket.on('connected', onWelcome)
  return welcome
}

function notOurs(): YektaYarError {
  return new YektaYarError('invalid_answer', 'connect: admitted, but not welcomed', {
    hint: 'Is it a YektaYar server? Check url and path',
    retryable: true,
  })
}

function toLoss(
  reason: string,
  { endCode, retryAfterMs }: LastWord,
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
