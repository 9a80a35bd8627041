import { randomUUID } from 'node:crypto'
import type { CommandContext } from '../socket/commandContext.js'
import type { Command } from '../socket/pairCommands.js'
import type { Commits } from './commits.js'
import { PreparedOnce } from './preparedOnce.js'
import type { OnceSurroundings } from './preparedOnce.js'

/** Runs a `once` command that came on its own: committed, but not told from a repetition. */
export type RunOnce = (command: Command, running: CommandContext<unknown>) => Promise<unknown>

/** Creates the way of `once` commands that are not from an outbox. */
export function createRunOnce(commits: Commits, surroundings: OnceSurroundings): RunOnce {
  return async (command, running) => {
    const { input, session } = running
    const prepared = new PreparedOnce(command, input, running, surroundings)
    await prepared.authorize()
    const { data } = await commits.run({
      sessionId: session.id,
      isAlone: prepared.isAlone,
      run: (batch) => {
        batch.requireSession(session)
        return prepared.run(batch, randomUUID())
      },
    })
    return data
  }
}
