import { memberOf } from '@yektayar/protocol'
import type { Json, RoomMessage } from '@yektayar/protocol'
import { appendPlans } from '../commands/appendPlans.js'
import type { AppendPlan } from '../commands/appendPlans.js'
import type { Command } from '../commands/bindHandlers.js'
import { checkOutput, requireJson } from '../commands/checkCommand.js'
import type { AnyOnceHandler, CommandContext } from '../commands/commandContext.js'
import { runInTime } from '../commands/withTimeout.js'
import type { Authorizer } from '../rooms/authorize.js'
import type { Limits } from '../shared/limits.js'
import { whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { Batch } from '../store/sqlite/batch.js'

/** Who calls, and what its handler gets besides. */
export type OnceCaller = Omit<CommandContext<unknown>, 'input'>

/** What a `once` command needs to take effect. */
export interface OnceSurroundings {
  authorize: Authorizer
  /** Whether results are checked against the contract before they are kept. */
  checkOutputs: boolean
  limits: Limits
}

/** What a `once` command has done. */
export interface OnceResult {
  readonly data: Json | undefined
  /** The place of the message that it appended, from which its answer can be made once more. */
  readonly seq?: number
}

/** A `once` command whose input was parsed: the one way to its effect, from an outbox or on its own. */
export class PreparedOnce {
  readonly #command: Command
  readonly #input: unknown
  readonly #caller: OnceCaller
  readonly #surroundings: OnceSurroundings
  readonly #plan: AppendPlan | undefined

  constructor(
    command: Command,
    input: unknown,
    caller: OnceCaller,
    surroundings: OnceSurroundings,
  ) {
    this.#command = command
    this.#input = input
    this.#caller = caller
    this.#surroundings = surroundings
    this.#plan = appendPlans.get(command.name)?.(input, caller.session)
  }

  /** The name of the command. */
  get name(): string {
    return this.#command.name
  }

  /** Whether an app's own handler runs, which needs a transaction of its own. */
  get isAlone(): boolean {
    return this.#command.onceHandler !== undefined
  }

  /**
   * Asks who may; comes before any transaction.
   *
   * @throws {CommandError} `room_forbidden`
   */
  authorize(): MaybePromise<void> {
    const plan = this.#plan
    if (plan?.isGuarded) {
      return this.#surroundings.authorize(this.#caller.session, 'send', plan.room)
    }
  }

  /**
   * Throws what the app's own handler throws.
   *
   * @throws {CommandError} `store_full`, `rate_limited`
   */
  run(batch: Batch, key: string): MaybePromise<OnceResult> {
    batch.requireSpace()
    const { onceHandler } = this.#command
    if (!onceHandler) return this.#append(undefined, batch, key)
    return this.#handle(onceHandler, batch, key).then((data) => this.#append(data, batch, key))
  }

  /** The answer once more, for a message that has its place already. */
  answerAgain(batch: Batch, key: string, place: Pick<RoomMessage, 'seq' | 'at'>): Json | undefined {
    const plan = this.#plan
    return plan?.answer(batch.rooms.placed(plan.room, this.#message(plan, key), place))
  }

  #append(handled: unknown, batch: Batch, key: string): MaybePromise<OnceResult> {
    const plan = this.#plan
    if (!plan) return { data: handled as Json | undefined } // by its schema
    const appended = batch.rooms.append(
      plan.room,
      this.#message(plan, key),
      this.#caller.session.id,
    )
    return whenSettled(appended, (message) => ({ data: plan.answer(message), seq: message.seq }))
  }

  #message({ data }: AppendPlan, id: string) {
    return { id, from: memberOf(this.#caller.session), data }
  }

  /** What an app does in the transaction. */
  async #handle(handler: AnyOnceHandler, batch: Batch, key: string): Promise<unknown> {
    const { limits, checkOutputs } = this.#surroundings
    const { name, definition } = this.#command
    const { session, connection, log } = this.#caller
    const timeUp = new AbortController()
    const signal = AbortSignal.any([this.#caller.signal, timeUp.signal])
    const { transaction } = batch
    const input = this.#input
    const work = handler({ input, session, connection, signal, log, transaction, key })
    const handled = await runInTime(limits.transactionTimeoutMs, Promise.resolve(work), () => {
      timeUp.abort()
    })
    if (this.#plan) return undefined // the plan answers
    requireJson(name, handled)
    if (checkOutputs) await checkOutput(definition, handled)
    return handled
  }
}
