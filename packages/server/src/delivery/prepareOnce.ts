import type { Limits } from '../limits.js'
import type { Authorizer } from '../rooms/authorize.js'
import { memberOf } from '../rooms/member.js'
import { checkOutput } from '../socket/checkCommand.js'
import type { AnyOnceHandler, CommandContext } from '../socket/commandContext.js'
import type { Command } from '../socket/pairCommands.js'
import { runInTime } from '../socket/runInTime.js'
import { whenSettled } from '../whenSettled.js'
import type { MaybePromise } from '../whenSettled.js'
import { appendPlans } from './appendPlans.js'
import type { Batch } from './batch.js'

/** Who calls, and what its handler gets besides. */
export type OnceCaller = Omit<CommandContext<unknown>, 'input'>

/** One `once` command that was let in, ready to take effect. */
export interface PreparedOnce {
  /** Whether an app's own handler runs, which needs a transaction of its own. */
  readonly isAlone: boolean
  /** What the app's own handler has thrown. */
  readonly failure: { readonly error: unknown } | undefined
  /** Throws what the app's own handler throws. */
  run(this: void, batch: Batch, key: string): MaybePromise<unknown>
}

/** What `createPrepareOnce` needs. */
export interface PrepareOnceOptions {
  authorize: Authorizer
  /** Whether results are checked against the contract before they are kept. */
  checkOutputs: boolean
  limits: Limits
}

/**
 * Gets a `once` command ready whose input was parsed: asks who may, before any transaction.
 *
 * @throws {CommandError} what it is refused with
 */
export type PrepareOnce = (
  command: Command,
  input: unknown,
  caller: OnceCaller,
) => MaybePromise<PreparedOnce>

/** Creates the way on which every `once` command goes, from an outbox or on its own. */
export function createPrepareOnce({
  authorize,
  checkOutputs,
  limits,
}: PrepareOnceOptions): PrepareOnce {
  return (command, input, caller) => {
    const { session } = caller
    const { onceHandler } = command
    const plan = appendPlans.get(command.name)?.(input, session)

    /** What an app does in the transaction. */
    const handle = async (handler: AnyOnceHandler, batch: Batch, key: string): Promise<unknown> => {
      const { connection, log } = caller
      const timeUp = new AbortController()
      const signal = AbortSignal.any([caller.signal, timeUp.signal])
      const { transaction } = batch
      try {
        const work = handler({ input, session, connection, signal, log, transaction, key })
        const handled = await runInTime(limits.transactionTimeoutMs, Promise.resolve(work), () => {
          timeUp.abort()
        })
        if (!plan && checkOutputs) await checkOutput(command.definition, handled)
        return handled
      } catch (error) {
        prepared.failure = { error }
        throw error
      }
    }
    const append = (handled: unknown, batch: Batch, key: string): MaybePromise<unknown> => {
      if (!plan) return handled
      const message = { id: key, from: memberOf(session), data: plan.data }
      return whenSettled(batch.rooms.append(plan.room, message), plan.answer)
    }
    const prepared = {
      isAlone: onceHandler !== undefined,
      failure: undefined as PreparedOnce['failure'],
      run: (batch: Batch, key: string): MaybePromise<unknown> =>
        onceHandler
          ? handle(onceHandler, batch, key).then((handled) => append(handled, batch, key))
          : append(undefined, batch, key),
    }
    if (!plan?.isGuarded) return prepared
    return whenSettled(authorize(session, 'send', plan.room), () => prepared)
  }
}
