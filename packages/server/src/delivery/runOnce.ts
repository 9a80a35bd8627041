import { randomUUID } from 'node:crypto'
import type { CommandContext } from '../socket/commandContext.js'
import type { Command } from '../socket/pairCommands.js'
import type { Commits } from './commits.js'
import type { PrepareOnce } from './prepareOnce.js'

/** Runs a `once` command that came on its own: committed, but not told from a repetition. */
export type RunOnce = (command: Command, running: CommandContext<unknown>) => Promise<unknown>

/** Creates the way of `once` commands that are not from an outbox. */
export function createRunOnce(commits: Commits, prepare: PrepareOnce): RunOnce {
  return async (command, running) => {
    const { input, session } = running
    const { isAlone, run } = await prepare(command, input, running)
    return commits.run({
      sessionId: session.id,
      isAlone,
      run: (batch) => {
        batch.requireSession(session)
        return run(batch, randomUUID())
      },
    })
  }
}
