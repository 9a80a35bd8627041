import { randomUUID } from 'node:crypto'
import type { Json } from '@yektayar/protocol'
import type { RunOnce } from '../commands/dispatcher.js'
import { requireSameSession } from '../socketio/requireSameSession.js'
import type { CommandSession } from '../sessions/commandSession.js'
import type { OutboxStore } from '../store/store.js'
import { PreparedOnce } from './onceCommand.js'
import type { OnceDeps } from './onceCommand.js'

/** Creates the function that runs `once` commands without an outbox. */
export function createRunOnce(store: OutboxStore, deps: OnceDeps): RunOnce {
  return async (command, running) => {
    const { input, session } = running
    const prepared = new PreparedOnce(command, input, running, deps)
    await prepared.admit()
    return run(store, prepared, session).catch((error: unknown) => {
      requireSameSession(running.connection, session)
      throw error
    })
  }
}

async function run(
  store: OutboxStore,
  prepared: PreparedOnce,
  session: CommandSession,
): Promise<Json | undefined> {
  const key = randomUUID()
  const append = prepared.append(key)
  if (append && !prepared.isAlone) {
    return prepared.answer(append, await store.append(append, session))
  }
  const answer = await store.transact(async (transaction) => {
    await transaction.admit(session)
    const handled = await prepared.handle(transaction, key)
    if (!append) return handled
    return prepared.answer(append, await transaction.append(append, session))
  })
  prepared.committed()
  return answer
}
