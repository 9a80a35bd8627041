import type { Limits } from '../limits.js'
import type { Authorizer } from '../rooms/authorize.js'
import { memberOf } from '../rooms/member.js'
import { checkOutput } from '../socket/checkCommand.js'
import type { CommandContext } from '../socket/commandContext.js'
import type { Command } from '../socket/pairCommands.js'
import { runInTime } from '../socket/runInTime.js'
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
  run(this: void, batch: Batch, key: string): Promise<unknown>
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
) => Promise<PreparedOnce>

/** Creates the way on which every `once` command goes, from an outbox or on its own. */
export function createPrepareOnce({
  authorize,
  checkOutputs,
  limits,
}: PrepareOnceOptions): PrepareOnce {
  return async (command, input, caller) => {
    const { session } = caller
    const { onceHandler } = command
    const plan = appendPlans.get(command.name)?.(input, session)
    if (plan?.isGuarded) await authorize(session, 'send', plan.room)

    const prepared = {
      isAlone: onceHandler !== undefined,
      failure: undefined as PreparedOnce['failure'],
      run: async (batch: Batch, key: string): Promise<unknown> => {
        let handled: unknown
        try {
          if (onceHandler) {
            const { connection, log } = caller
            const { transaction } = batch
            const timeUp = new AbortController()
            const signal = AbortSignal.any([caller.signal, timeUp.signal])
            const context = { input, session, connection, signal, log, transaction, key }
            handled = await runInTime(
              limits.transactionTimeoutMs,
              Promise.resolve(onceHandler(context)),
              () => {
                timeUp.abort()
              },
            )
            if (!plan && checkOutputs) await checkOutput(command.definition, handled)
          }
        } catch (error) {
          prepared.failure = { error }
          throw error
        }
        if (!plan) return handled
        const { room, data } = plan
        return plan.answer(
          await batch.rooms.append(room, { id: key, from: memberOf(session), data }),
        )
      },
    }
    return prepared
  }
}
