import { randomUUID } from 'node:crypto'
import type { Command } from '../socket/pairCommands.js'
import type { Commits } from './commits.js'
import type { OnceCaller, PrepareOnce } from './prepareOnce.js'

/** Runs a `once` command that came on its own: committed, but not told from a repetition. */
export type RunOnce = (command: Command, input: unknown, caller: OnceCaller) => Promise<unknown>

/** Creates the way of `once` commands that are not from an outbox. */
export function createRunOnce(commits: Commits, prepare: PrepareOnce): RunOnce {
  return async (command, input, caller) => {
    const { isAlone, run } = await prepare(command, input, caller)
    return commits.run({
      sessionId: caller.session.id,
      isAlone,
      run: (batch) => {
        batch.requireSession(caller.session)
        return run(batch, randomUUID())
      },
    })
  }
}
