import type { FastifyBaseLogger } from 'fastify'
import { isEnabled } from '../shared/logLevel.js'
import type { CommandSession } from '../sessions/commandSession.js'
import type { Connection } from '../socketio/connection.js'
import type { AppServices } from '../context/appContext.js'
import { LazySignal } from '../context/lazySignal.js'
import type { CommandContext, RunningContext } from './commandContext.js'
import type { Caller } from './commandTracker.js'

/** The context of one running command. Log and signal are created only when they are used. */
export class RunningCommand implements RunningContext<unknown> {
  readonly connection: Connection
  /** The session at the start of the handler; not set before that. */
  session!: CommandSession
  input: unknown
  readonly #caller: Caller
  readonly #id: number
  readonly #name: string | undefined
  readonly #packetId: number | undefined
  #log: FastifyBaseLogger | undefined
  #signal: LazySignal | undefined

  /**
   * @param name of the contract; `undefined` for what is no command
   * @param packetId Socket.IO's, where its sender wants an answer
   */
  constructor(caller: Caller, id: number, name: string | undefined, packetId: number | undefined) {
    this.connection = caller.connection
    this.#caller = caller
    this.#id = id
    this.#name = name
    this.#packetId = packetId
  }

  /** The connection and the packet in it, which its sender knows as well. */
  get requestId(): string {
    const packet = this.#packetId ?? `c${String(this.#id)}`
    return `${this.connection.id}.${String(packet)}`
  }

  /** Whether the log writes debug lines. */
  get isDebugging(): boolean {
    return this.#caller.isDebugging
  }

  /** Whether its payload has to be scanned for unsafe input. */
  get isSuspect(): boolean {
    return this.#caller.isSuspect
  }

  get log(): FastifyBaseLogger {
    return (this.#log ??= this.itemLog({ command: this.#name }))
  }

  /** The log of an item that it brought: under the item's own command in place of this one. */
  itemLog(fields: object): FastifyBaseLogger {
    const { requestId } = this
    return this.#caller.log.child({ requestId, commandId: this.#id, ...fields })
  }

  get signal(): AbortSignal {
    return (this.#signal ??= new LazySignal()).get()
  }

  /** The context for an app's handler, with own properties only: an app may spread it. */
  forApp({ database, emit, publish }: AppServices): CommandContext<unknown> {
    const { connection, session, input } = this
    const log = (): FastifyBaseLogger => this.log
    const signal = (): AbortSignal => this.signal
    return {
      connection,
      session,
      input,
      database,
      emit,
      publish,
      get log() {
        return log()
      },
      get signal() {
        return signal()
      },
    }
  }

  /** Aborts the signal, since nobody waits for the answer any more. */
  abort(): void {
    this.#signal ??= new LazySignal()
    this.#signal.abort()
  }
}

/** Whether debug lines of a command are written. Its log is not created for that, which costs much. */
export function isDebugging(command: Pick<RunningContext<unknown>, 'log'>): boolean {
  return command instanceof RunningCommand ? command.isDebugging : isEnabled(command.log, 'debug')
}

/** The log of an item that a command brought, which has the fields of the item. */
export function itemLogOf(
  command: Pick<RunningContext<unknown>, 'log'>,
  fields: object,
): FastifyBaseLogger {
  if (command instanceof RunningCommand) return command.itemLog(fields)
  return command.log.child(fields)
}
