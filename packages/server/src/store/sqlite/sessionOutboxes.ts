import type { Database } from './openDatabase.js'

/** Moves the outboxes of a session to another one, with their numbers and their answers. */
export async function moveOutboxes(
  database: Database,
  sessionId: string,
  newSessionId: string,
): Promise<void> {
  await database
    .updateTable('outboxes')
    .set({ session_id: newSessionId })
    .where('session_id', '=', sessionId)
    .execute()
}

/** Removes the stored answers of a session's outboxes, but keeps the outboxes' numbers. */
export async function deleteAnswers(database: Database, sessionId: string): Promise<void> {
  const own = database.selectFrom('outboxes').select('id').where('session_id', '=', sessionId)
  await database.deleteFrom('outbox_answers').where('outbox_id', 'in', own).execute()
}
