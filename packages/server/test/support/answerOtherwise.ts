import { queryPostgres } from './queryPostgres.js'

/**
 * Replaces a function of PostgreSQL for new connections. Open ones stay as they are, as with a server to
 * which no name leads any more.
 */
export async function answerOtherwise(
  databaseUrl: string,
  signature: string,
  type: string,
  value: string,
): Promise<void> {
  const database = new URL(databaseUrl).pathname.slice(1)
  await queryPostgres(
    databaseUrl,
    `create schema if not exists other;
     create or replace function other.${signature} returns ${type} language sql
       as $$ select ${value} $$;
     alter database "${database}" set search_path = other, public, pg_catalog`,
  )
}
