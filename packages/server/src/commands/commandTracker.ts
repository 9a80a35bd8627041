import type { FastifyBaseLogger } from 'fastify'
import type { Draining } from '../shared/draining.js'
import { isEnabled } from '../shared/logger.js'
import type { Connection } from '../socketio/connection.js'

/** What a connection knows of a command of its own. */
interface TrackedCommand {
  abort(): void
}

/** A connection as its commands see it: its log, and those that it waits for. */
export class Caller {
  readonly connection: Connection
  readonly #parentLog: FastifyBaseLogger
  readonly #draining: Draining
  /** How many packets were read that no command was begun for. */
  waiting = 0
  /** When the newest packet was read, of `performance.now()`. */
  readAt = 0
  /** Whether it has sent anything whose payload must be looked through. */
  isSuspect = false
  /** Made with the first command: most connections do nothing most of the time. */
  #running: Set<TrackedCommand> | undefined
  #log: FastifyBaseLogger | undefined
  #loggedSession: string | undefined

  constructor(connection: Connection, log: FastifyBaseLogger, draining: Draining) {
    this.connection = connection
    this.#parentLog = log
    this.#draining = draining
  }

  /** The log with the ids of the connection: most connections have nothing to say in it. */
  get log(): FastifyBaseLogger {
    const { id: socketId, data } = this.connection
    const { sessionId } = data // a sign-in gives it another one
    if (this.#loggedSession !== sessionId) this.#log = undefined
    this.#loggedSession = sessionId
    return (this.#log ??= this.#parentLog.child({ socketId, sessionId }))
  }

  /** Whether lines for debugging are written. */
  get isDebugging(): boolean {
    return isEnabled(this.#parentLog, 'debug')
  }

  /** Whether other commands than this one are running. */
  hasOthers(command: TrackedCommand): boolean {
    const running = this.#running
    if (!running || running.size === 0) return false
    return running.size > 1 || !running.has(command)
  }

  /** A command takes its time; one that is done at once needs none of this. */
  begin(command: TrackedCommand): void {
    this.#running ??= new Set()
    this.#running.add(command)
    this.#draining.enter()
    if (!this.connection.connected) command.abort() // it has closed its own connection
  }

  end(command: TrackedCommand): void {
    if (this.#running?.delete(command)) this.#draining.leave()
  }

  /** The connection is gone, and with it whoever waited for answers. */
  leave(): void {
    for (const command of this.#running ?? []) {
      this.end(command)
      command.abort()
    }
  }
}
