import { createRequire } from 'node:module'
import type { EventEmitter } from 'node:events'

/** The part of a `pg` client that the tests use. */
interface DatabaseClient extends EventEmitter {
  connect(): Promise<void>
  query(text: string, values?: readonly unknown[]): Promise<{ rows: unknown[] }>
  end(): Promise<void>
}

// Resolved through the server, so that the version is the same.
const fromServer = createRequire(new URL('../../../packages/server/package.json', import.meta.url))
const { Client } = fromServer('pg') as {
  Client: new (options: { connectionString: string }) => DatabaseClient
}

/** A row of a result. */
export type Row = Readonly<Record<string, unknown>>

/** A connection to a database; it ends at the end of the scope. */
export async function connectTo(databaseUrl: string) {
  const client = new Client({ connectionString: databaseUrl })
  client.on('error', () => undefined) // the next statement fails
  await client.connect()
  return {
    client,
    /** Runs a statement. Resolves with its rows. */
    query: async (text: string, values?: readonly unknown[]) =>
      (await client.query(text, values)).rows as Row[],
    [Symbol.asyncDispose]: () => client.end().catch(() => undefined),
  }
}

/** Runs one statement on a connection of its own. */
export async function queryDatabase(
  databaseUrl: string,
  text: string,
  values?: readonly unknown[],
): Promise<Row[]> {
  await using connection = await connectTo(databaseUrl)
  return await connection.query(text, values)
}

/** Ends all connections of servers to a database, as a restart of PostgreSQL does. */
export async function endConnections(databaseUrl: string): Promise<void> {
  await queryDatabase(
    databaseUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'yektayar'`,
  )
}
