import { randomUUID } from 'node:crypto'
import type { CommandContext } from '../socket/commandContext.js'
import type { Command } from '../socket/pairCommands.js'
import { requireSameSession } from '../sessions/requireSameSession.js'
import type { MaybePromise } from '../whenSettled.js'
import type { Batch } from './batch.js'
import type { Commits } from './commits.js'
import { PreparedOnce } from './preparedOnce.js'
import type { OnceResult, OnceSurroundings } from './preparedOnce.js'

/** Runs a `once` command that came on its own: committed, but not told from a repetition. */
export type RunOnce = (command: Command, running: CommandContext<unknown>) => Promise<unknown>

/** Creates the way of `once` commands that are not from an outbox. */
export function createRunOnce(commits: Commits, surroundings: OnceSurroundings): RunOnce {
  return async (command, running) => {
    const { input, session } = running
    const prepared = new PreparedOnce(command, input, running, surroundings)
    await prepared.authorize()
    const run = (batch: Batch): MaybePromise<OnceResult> => {
      batch.requireSession(session)
      return prepared.run(batch, randomUUID())
    }
    const work = { sessionId: session.id, isAlone: prepared.isAlone, run }
    const { data } = await commits.run(work).catch((error: unknown) => {
      requireSameSession(running.connection, session)
      throw error
    })
    return data
  }
}
