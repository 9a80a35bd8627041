import { memberOf } from '@yektayar/protocol'
import type { Json } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { appendPlans } from '../commands/appendPlans.js'
import type { AppendPlan } from '../commands/appendPlans.js'
import type { Command } from '../commands/bindHandlers.js'
import { checkOutput } from '../commands/checkCommand.js'
import type { RunningContext } from '../commands/commandContext.js'
import { runInTime } from '../commands/withTimeout.js'
import type { AppServices } from '../context/appContext.js'
import type { AppEvents } from '../context/appEvents.js'
import type { ReadEvent } from '../context/readEvent.js'
import type { Authorizer } from '../rooms/authorize.js'
import type { RoomCatalog } from '../rooms/roomCatalog.js'
import type { Limits } from '../shared/limits.js'
import { whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { placeMessage } from '../store/appendedMessages.js'
import type { Append, Place } from '../store/delivery.js'
import type { EmittedEvent } from '../store/emittedEvent.js'
import type { OpenTransaction } from '../store/store.js'
import { createPublish } from './publisher.js'

/** Who calls, and what its handler gets besides. */
export type OnceCaller = Omit<RunningContext<unknown>, 'input'> & {
  /** Under which its sender knows it; absent where an app calls. */
  readonly requestId?: string
}

/** What a `once` command needs to take effect. */
export interface OnceDeps {
  catalog: RoomCatalog
  authorize: Authorizer
  /** The epoch of the store, which is part of each message's position. */
  epoch: string
  /** Whether results are checked against the contract before they are stored. */
  checkOutputs: boolean
  events: AppEvents
  limits: Limits
}

/** A `once` command with parsed input. Used for commands from an outbox and for single ones. */
export class PreparedOnce {
  readonly #command: Command
  readonly #input: unknown
  readonly #caller: OnceCaller
  readonly #deps: OnceDeps
  readonly #log: () => FastifyBaseLogger
  #plan: AppendPlan | undefined
  #append: Append | undefined
  /** What its handler has emitted, which is sent after the commit. */
  readonly #emitted: EmittedEvent[] = []

  /** @param log made only where its handler asks for it. @default the caller's */
  constructor(
    command: Command,
    input: unknown,
    caller: OnceCaller,
    deps: OnceDeps,
    log: () => FastifyBaseLogger = () => caller.log,
  ) {
    this.#command = command
    this.#input = input
    this.#caller = caller
    this.#deps = deps
    this.#log = log
    this.#plan = appendPlans.get(command.name)?.(input, caller.session)
  }

  /** The name of the command. */
  get name(): string {
    return this.#command.name
  }

  /** Whether an app's own handler runs, which needs a separate transaction. */
  get isAlone(): boolean {
    return this.#command.onceHandler !== undefined
  }

  /**
   * Asks `authorize` whether the caller may send, and checks the message by the contract. Runs before
   * any transaction.
   *
   * @throws {CommandError} `unknown_room`, `room_forbidden`, `invalid_input`
   */
  admit(): MaybePromise<void> {
    const { authorize, catalog } = this.#deps
    const plan = this.#plan
    if (!plan?.isGuarded) return
    const { room } = plan
    return whenSettled(authorize(this.#caller.session, 'send', room), () =>
      whenSettled(catalog.parseMessage(room, plan.data), (data) => {
        this.#plan = { ...plan, data }
      }),
    )
  }

  /**
   * The message that the command appends, if it appends one.
   *
   * @param id of the message; the same on every try of this command
   */
  append(id: string): Append | undefined {
    const plan = this.#plan
    if (!plan) return undefined
    this.#append ??= {
      room: plan.room,
      message: { id, from: memberOf(this.#caller.session), data: plan.data },
    }
    return this.#append
  }

  /** The answer of a command that appended a message. */
  answer(append: Append, place: Place): Json | undefined {
    return this.#plan?.answer(placeMessage(append, place, this.#deps.epoch))
  }

  /**
   * Runs the app's own handler. Returns its result, or `undefined` for a command with an append
   * plan, whose answer is made from the message. Throws what the handler throws.
   *
   * @param key the idempotency key: the same on every try of this command
   */
  async handle(transaction: OpenTransaction, key: string): Promise<Json | undefined> {
    const { limits, checkOutputs } = this.#deps
    const { definition, onceHandler } = this.#command
    if (!onceHandler) return undefined
    this.#emitted.length = 0 // by a try that another transaction was in the way of
    const { session, connection } = this.#caller
    const timeUp = new AbortController()
    const signal = AbortSignal.any([this.#caller.signal, timeUp.signal])
    const input = this.#input
    const services = this.#servicesIn(transaction)
    const log = this.#log
    const work = onceHandler({
      ...services,
      ...{ input, session, connection, signal, transaction: services.database, key },
      get log() {
        return log()
      },
    })
    const handled = await runInTime(limits.transactionTimeoutMs, Promise.resolve(work), () => {
      timeUp.abort()
    })
    if (this.#plan) return undefined // the plan answers
    if (checkOutputs) await checkOutput(definition, handled)
    return handled as Json | undefined // copied as such
  }

  /** Sends what its handler has emitted, since its transaction is committed. Never throws. */
  committed(): void {
    for (const event of this.#emitted) {
      try {
        this.#deps.events.send(event)
      } catch (error) {
        this.#log().error({ err: error }, 'an event of a committed command could not be sent')
      }
    }
  }

  /** What a handler can use: all of it takes effect with its transaction. */
  #servicesIn(transaction: OpenTransaction): AppServices {
    const { catalog, events, epoch, limits } = this.#deps
    const { database, append } = transaction
    return {
      database,
      publish: createPublish({
        append: (message) => append(message),
        epoch,
        catalog,
        limits,
      }),
      emit: async (...given: Parameters<ReadEvent>) => {
        const event = await events.read(...given)
        this.#emitted.push(event)
        if (events.hasPeers()) await transaction.tell(event)
      },
    }
  }
}
