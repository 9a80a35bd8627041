import { randomUUID } from 'node:crypto'
import type { RunOnce } from '../commands/dispatcher.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { requireSameSession } from '../socketio/requireSameSession.js'
import type { Batch } from '../store/sqlite/batch.js'
import type { Commits } from '../store/groupCommit.js'
import { PreparedOnce } from './onceCommand.js'
import type { OnceResult, OnceSurroundings } from './onceCommand.js'

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
