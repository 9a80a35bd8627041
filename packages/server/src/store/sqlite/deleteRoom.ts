import type { Database } from './openDatabase.js'

/** Removes a room with all its messages. */
export async function deleteRoom(database: Database, name: string): Promise<void> {
  await database.deleteFrom('room_messages').where('room', '=', name).execute()
  await database.deleteFrom('rooms').where('name', '=', name).execute()
}
