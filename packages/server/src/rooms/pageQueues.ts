import { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import { timerMs } from '../shared/timerMs.js'
import type { Connection } from '../socketio/connection.js'
import { flowOf } from '../socketio/flow.js'
import { Slot } from '../socketio/slot.js'
import { tooBusy } from './pageLane.js'

/** A queued request, which waits for the pages before it and for the client to read them. */
interface Ticket {
  begin(): void
  fail(error: CommandError): void
  timer: NodeJS.Timeout
}

interface Queue {
  readonly tickets: Ticket[]
  isBusy: boolean
}

/**
 * Serves the pages of each connection one after the other. The next page waits until the client has
 * read most of what it was sent, so that unread pages do not pile up in memory.
 */
export class PageQueues {
  readonly #limits: Limits
  readonly #queues = new Slot<Queue>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /**
   * Serves a page when its turn comes.
   *
   * @param serve gets the time that it had to wait, in milliseconds
   * @throws {CommandError} `rate_limited` when it takes too long; `conflict` when the connection closed
   */
  async serve<Page>(
    connection: Connection,
    serve: (waitedMs: number) => Promise<Page>,
  ): Promise<Page> {
    const queue = this.#queueOf(connection)
    let waitedMs = 0
    if (queue.isBusy || !isDrained(connection)) {
      const startedAt = performance.now()
      await this.#ticket(connection, queue)
      waitedMs = performance.now() - startedAt
    }
    queue.isBusy = true
    try {
      return await serve(waitedMs)
    } finally {
      // By then the answer has been sent.
      setImmediate(() => {
        this.#beginNext(connection, queue)
      })
    }
  }

  #ticket(connection: Connection, queue: Queue): Promise<void> {
    return new Promise((resolve, reject) => {
      const ticket: Ticket = {
        begin: () => {
          clearTimeout(ticket.timer)
          resolve()
        },
        fail: (error) => {
          clearTimeout(ticket.timer)
          queue.tickets.splice(queue.tickets.indexOf(ticket), 1)
          reject(error)
        },
        timer: setTimeout(() => {
          ticket.fail(tooBusy())
        }, timerMs(this.#limits.pageTimeoutMs)),
      }
      queue.tickets.push(ticket)
      if (!queue.isBusy) {
        queue.isBusy = true
        this.#beginNext(connection, queue)
      }
    })
  }

  #beginNext(connection: Connection, queue: Queue): void {
    if (queue.tickets.length === 0) queue.isBusy = false
    else if (isDrained(connection)) queue.tickets.shift()?.begin()
    else {
      flowOf(connection.conn)?.whenDrained(() => {
        this.#beginNext(connection, queue)
      })
    }
  }

  #queueOf(connection: Connection): Queue {
    const known = this.#queues.get(connection)
    if (known) return known
    const queue: Queue = { tickets: [], isBusy: false }
    this.#queues.set(connection, queue)
    connection.once('disconnect', () => {
      if (queue.tickets.length === 0) return // an error costs more than the rest of a close
      const closed = new CommandError('conflict', 'The connection has closed')
      for (const ticket of [...queue.tickets]) ticket.fail(closed)
    })
    return queue
  }
}

function isDrained({ conn }: Connection): boolean {
  return flowOf(conn)?.isDrained ?? true
}
