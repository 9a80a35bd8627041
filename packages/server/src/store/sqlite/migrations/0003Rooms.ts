import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Kysely, Migration } from 'kysely'

/** The store's epoch, rooms with their logs, outboxes with their answers, and presence. */
export const createRooms: Migration = {
  async up(database: Kysely<unknown>) {
    const { schema } = database
    await schema
      .createTable('store')
      .addColumn('epoch', 'text', (column) => column.notNull())
      .execute()
    await sql`insert into store (epoch) values (${randomUUID()})`.execute(database)
    await schema
      .createTable('rooms')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .execute()
    await schema
      .createTable('room_messages')
      .addColumn('room', 'text', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('sender', 'text', (column) => column.notNull())
      .addColumn('data', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('room_messages_key', ['room', 'seq'])
      .execute()
    await schema
      .createTable('outboxes')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('session_id', 'text', (column) => column.notNull())
      .addColumn('last_n', 'bigint', (column) => column.notNull())
      .addColumn('used_at', 'bigint', (column) => column.notNull())
      .execute()
    await schema
      .createTable('outbox_answers')
      .addColumn('outbox_id', 'text', (column) => column.notNull())
      .addColumn('last_n', 'bigint', (column) => column.notNull())
      .addColumn('answers', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('outbox_answers_key', ['outbox_id', 'last_n'])
      .execute()
    await schema
      .createTable('nodes')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .execute()
    await schema
      .createTable('presence')
      .addColumn('room', 'text', (column) => column.notNull())
      .addColumn('member', 'text', (column) => column.notNull())
      .addColumn('node', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('presence_key', ['room', 'member', 'node'])
      .execute()
    for (const [table, column] of [
      ['outboxes', 'used_at'],
      ['outbox_answers', 'at'],
      ['presence', 'node'],
    ] as const) {
      await schema.createIndex(`${table}_${column}`).on(table).column(column).execute()
    }
  },
}
