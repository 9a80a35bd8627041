import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Migration } from 'kysely'
import { holdFunction, nowFunction, settleFunction } from './storeFunctions.js'

/**
 * The tables of the store. Texts have the collation "C": names are compared as bytes, as in SQLite.
 * Bodies are `text`, since `jsonb` refuses `\u0000` and reorders keys.
 */
const tables = `
create table yektayar.store (
  epoch text not null,
  removed_seq bigint not null default 0,
  swept_at bigint not null,
  doubted_at bigint not null default 0,
  doubted_ms bigint not null default 0
);
create table yektayar.sessions (
  id text collate "C" primary key,
  user_id text collate "C",
  metadata text not null,
  created_at bigint not null,
  expires_at bigint not null,
  last_activity_at bigint not null
);
create index on yektayar.sessions (user_id) where user_id is not null;
create index on yektayar.sessions (expires_at);
create index on yektayar.sessions (last_activity_at);
create table yektayar.session_tokens (
  token_hash text collate "C" primary key,
  session_id text collate "C" not null,
  created_at bigint not null,
  valid_until bigint
);
create index on yektayar.session_tokens (session_id);
create table yektayar.rooms (
  name text collate "C" primary key,
  seq bigint not null,
  used_at bigint not null,
  oldest_at bigint not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
create index on yektayar.rooms (oldest_at);
create table yektayar.room_messages (
  room text collate "C" not null,
  last_seq bigint not null,
  messages text not null,
  at bigint not null,
  primary key (room, last_seq)
);
create table yektayar.outboxes (
  id text collate "C" primary key,
  session_id text collate "C" not null,
  last_n bigint not null,
  last_key text,
  used_at bigint not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
create index on yektayar.outboxes (session_id);
create index on yektayar.outboxes (used_at, id);
create table yektayar.outbox_answers (
  outbox_id text collate "C" not null,
  last_n bigint not null,
  answers text not null,
  at bigint not null,
  primary key (outbox_id, last_n)
);
create index on yektayar.outbox_answers (at);
create table yektayar.nodes (
  id text collate "C" primary key,
  seen_at bigint not null,
  kept_ms bigint
);
create table yektayar.presence (
  room text collate "C" not null,
  member text collate "C" not null,
  node text collate "C" not null,
  data text,
  set_at bigint not null default 0,
  primary key (room, member, node)
);
create index on yektayar.presence (node);
create table yektayar.rights (
  id bigint generated always as identity primary key,
  node text not null,
  change text not null,
  at bigint not null
);
create unlogged table yektayar.events (
  id bigint generated always as identity primary key,
  body text not null,
  at bigint not null
);`

/** All tables and functions of the store. */
export const createStoreTables: Migration = {
  async up(database) {
    for (const statement of [nowFunction, tables, holdFunction, settleFunction]) {
      await sql.raw(statement).execute(database)
    }
    await sql`insert into yektayar.store (epoch, swept_at)
      values (${randomUUID()}, yektayar.now_ms())`.execute(database)
  },
}
