import type { Manager } from 'socket.io-client'
import { errorFromServer, isRefusal, toRetryable } from '../shared/errorFromServer.js'
import { hintFor } from '../shared/hintFor.js'
import { afterThis } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import { abandon, hasNoWebSocket, isChangingTransport } from './engineInternals.js'

/** A packet of Socket.IO, as its manager reads it. */
export interface SocketIoPacket {
  readonly type: number
  readonly data?: unknown
}

/** How the opening of a transport ends; one of them is called, once. */
export interface TransportOutcome {
  /** The server has admitted the connection by this packet. */
  onAdmitted(this: void, packet: SocketIoPacket): void
  /** The server refused it, which it would do over another transport as well. */
  onRefused(this: void, error: YektaYarError): void
  /** @param isUpgrade whether it was lost on the way to another transport */
  onFailed(this: void, error: YektaYarError, isUpgrade: boolean): void
}

const CONNECT = 0
const CONNECT_ERROR = 4

/** A transport from its opening to the server's admission, over which a token is presented once there is one. */
export class OpeningTransport {
  readonly manager: Manager
  #isOver = false
  #isOpen = false
  #auth: (() => object) | undefined
  #outcome: TransportOutcome | undefined
  /** Reports a failure that came before `present()`, which calls it. */
  #missed: (() => void) | undefined

  /** Opens a manager's transport. */
  constructor(manager: Manager) {
    this.manager = manager
    manager.on('packet', (packet: SocketIoPacket) => {
      if (packet.type === CONNECT && this.#end()) this.#outcome?.onAdmitted(packet)
      if (packet.type !== CONNECT_ERROR || !this.#end()) return
      abandon(manager.engine)
      this.#outcome?.onRefused(toRefusal(packet.data))
    })
    manager.open((error) => {
      if (error) this.#fail(toFailure(error, engine.transport.name === 'websocket'))
      this.#isOpen = !error
      this.#write()
    })
    const { engine } = manager
    engine.on('packet', (packet) => {
      // Another server's text can look like a packet, and Engine.IO would throw or wait for ever.
      if (engine.readyState !== 'opening' || isHandshake(packet)) return
      Object.assign(packet, { type: 'error', data: 'no handshake' })
    })
    engine.on('upgradeError', (cause) => {
      if (!isChangingTransport(engine)) return
      const error = new YektaYarError('network_error', 'connect: lost (upgrade)', { cause })
      this.#fail(error, true)
    })
    engine.on('close', (reason, cause) => {
      const status = Number(propertiesOf(cause).description)
      const why = status > 0 ? `${reason}, status ${String(status)}` : reason
      // With 400, Engine.IO refuses what belongs to a connection of another process.
      const refused = status === 400 ? 'Polling needs sticky sessions' : 'Does a proxy refuse POST?'
      this.#fail(
        new YektaYarError('network_error', `connect: closed before admission (${why})`, {
          hint: status > 0 ? refused : undefined,
          cause,
        }),
      )
    })
    if (hasNoWebSocket(engine)) {
      afterThis(() => {
        const hint = 'Does a CSP or an extension forbid it?'
        const what = 'connect: the platform opens no WebSocket'
        this.#fail(new YektaYarError('network_error', what, { hint }))
      })
    }
  }

  /** Whether it was open and is not any more: a server does not wait for ever for what is presented. */
  get isLost(): boolean {
    return this.#isOpen && this.#isOver
  }

  /** Presents what `auth` returns, which has the token, as soon as the transport is open. */
  present(auth: () => object, outcome: TransportOutcome): void {
    this.#auth = auth
    this.#outcome = outcome
    if (this.#isOver) afterThis(() => this.#missed?.())
    else this.#write()
  }

  /** Gives it up, without an outcome. */
  giveUp(): void {
    this.#missed = undefined
    if (this.#end()) abandon(this.manager.engine)
  }

  #write(): void {
    if (!this.#isOpen || !this.#auth || this.#isOver) return
    this.manager.engine.write(`${String(CONNECT)}${JSON.stringify(this.#auth())}`)
  }

  #fail(error: YektaYarError, isUpgrade = false): void {
    if (!this.#end()) return
    abandon(this.manager.engine)
    const tell = (): void => this.#outcome?.onFailed(error, isUpgrade)
    if (this.#outcome) tell()
    else this.#missed = tell
  }

  #end(): boolean {
    const isFirst = !this.#isOver
    this.#isOver = true
    return isFirst
  }
}

function isHandshake({ type, data }: { type: string; data?: unknown }): boolean {
  try {
    return type === 'open' && typeof propertiesOf(JSON.parse(String(data))).sid === 'string'
  } catch {
    return false
  }
}

/** A refusal is final only in the server's own format. An internal error is a failure, and no decision. */
function toRefusal(payload: unknown): YektaYarError {
  const { message, data } = propertiesOf(payload)
  const cause = Object.assign(new Error(String(message)), { data })
  const refusal = errorFromServer('connect', data, cause.message, cause)
  return isRefusal(data) && refusal.code !== 'internal_error' ? refusal : toRetryable(refusal)
}

function toFailure(error: Error, isWebSocket: boolean): YektaYarError {
  // Over polling, Engine.IO gives the HTTP status of an answer, or a code for an unreadable one.
  const { description, code } = propertiesOf(error)
  const status = Number(description)
  if (status > 0 || code !== undefined) {
    const what = status > 0 ? `status ${String(status)}` : undefined
    return toRetryable(errorFromServer('connect', undefined, what, error))
  }
  const hint = hintFor(error, isWebSocket)
  return new YektaYarError('network_error', 'connect: not reached', { hint, cause: error })
}
