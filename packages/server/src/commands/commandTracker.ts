import type { FastifyBaseLogger } from 'fastify'
import type { Draining } from '../shared/draining.js'
import { isEnabled } from '../shared/logLevel.js'
import type { Connection } from '../socketio/connection.js'

/** A running command, as its connection tracks it. */
interface TrackedCommand {
  abort(): void
}

/** The connection that sends commands: its log, and its running commands. */
export class Caller {
  readonly connection: Connection
  readonly #parentLog: FastifyBaseLogger
  readonly #draining: Draining
  /** How many packets were read whose commands have not been dispatched yet. */
  waiting = 0
  /** When the newest packet was read, by `performance.now()`. */
  readAt = 0
  /** Whether payloads of this connection have to be scanned for unsafe input. */
  isSuspect = false
  /** Created with the first slow command, since most connections have none. */
  #running: Set<TrackedCommand> | undefined
  #log: FastifyBaseLogger | undefined
  #loggedSession: string | undefined

  constructor(connection: Connection, log: FastifyBaseLogger, draining: Draining) {
    this.connection = connection
    this.#parentLog = log
    this.#draining = draining
  }

  /** The log with the ids of the connection. Created on first use: most connections log nothing. */
  get log(): FastifyBaseLogger {
    const { id: socketId, data } = this.connection
    const { sessionId } = data // changes at a sign-in
    if (this.#loggedSession !== sessionId) this.#log = undefined
    this.#loggedSession = sessionId
    return (this.#log ??= this.#parentLog.child({ socketId, sessionId }))
  }

  /** Whether the log writes debug lines. */
  get isDebugging(): boolean {
    return isEnabled(this.#parentLog, 'debug')
  }

  /** Whether other commands than this one are running. */
  hasOthers(command: TrackedCommand): boolean {
    const running = this.#running
    if (!running || running.size === 0) return false
    return running.size > 1 || !running.has(command)
  }

  /** Tracks a command that is not done synchronously. */
  begin(command: TrackedCommand): void {
    this.#running ??= new Set()
    this.#running.add(command)
    this.#draining.enter()
    if (!this.connection.connected) command.abort() // the command closed its own connection
  }

  end(command: TrackedCommand): void {
    if (this.#running?.delete(command)) this.#draining.leave()
  }

  /** Aborts all running commands, since the connection has closed. */
  leave(): void {
    for (const command of this.#running ?? []) {
      this.end(command)
      command.abort()
    }
  }
}
