import { randomUUID } from 'node:crypto'
import type { Command } from '../commands/bindHandlers.js'
import type { CommandContext } from '../commands/commandContext.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { requireSameSession } from '../socketio/requireSameSession.js'
import type { Batch } from './commitBatch.js'
import type { Commits } from './groupCommit.js'
import { PreparedOnce } from './onceCommand.js'
import type { OnceResult, OnceSurroundings } from './onceCommand.js'

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
