import { connectTo, endConnections } from './database.js'

/** What an asynchronous standby has of the store. */
const tables = ['rooms', 'room_messages', 'outboxes', 'outbox_answers']

/** Keeps what the store has now: what a standby has received before its primary dies. */
export async function markReplicated(databaseUrl: string): Promise<void> {
  await using database = await connectTo(databaseUrl)
  await database.query('create schema standby')
  for (const table of tables) {
    await database.query(`create table standby.${table} as table yektayar.${table}`)
  }
}

/**
 * Loses everything since `markReplicated()` at once, as a failover to that standby does. Servers lose
 * their connections.
 *
 * @param texts messages that another process appends to the room before this one connects again
 */
export async function failOver(
  databaseUrl: string,
  room: string,
  texts: readonly string[] = [],
): Promise<void> {
  await using database = await connectTo(databaseUrl)
  await database.query('begin')
  const names = tables.map((table) => `yektayar.${table}`)
  await database.query(`lock table ${names.join(', ')} in access exclusive mode`)
  for (const table of tables) {
    await database.query(`delete from yektayar.${table}`)
    await database.query(`insert into yektayar.${table} select * from standby.${table}`)
  }
  for (const text of texts) {
    const message = JSON.stringify([{ id: `elsewhere.${text}`, from: 'server', data: text }])
    await database.query(
      `with room as (update yektayar.rooms set seq = seq + 1 where name = $1 returning seq)
       insert into yektayar.room_messages (room, last_seq, messages, at)
         select $1, seq, $2, yektayar.now_ms() from room`,
      [room, message],
    )
  }
  await database.query('commit')
  await endConnections(databaseUrl)
}
