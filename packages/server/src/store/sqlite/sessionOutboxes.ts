import type { Database } from './openDatabase.js'

/** Hands the outboxes of a session to another one, with their numbers and their answers. */
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

/** Removes the answers that are kept for a session's outboxes; their numbers stay the session's. */
export async function deleteAnswers(database: Database, sessionId: string): Promise<void> {
  const own = database.selectFrom('outboxes').select('id').where('session_id', '=', sessionId)
  await database.deleteFrom('outbox_answers').where('outbox_id', 'in', own).execute()
}
