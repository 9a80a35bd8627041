import type { Pool, PoolClient, PoolConfig, QueryResultRow } from 'pg'
import { OptionError } from '../../shared/optionError.js'
import { shownUrl } from '../../shared/shownUrl.js'
import { checkValues } from './checkValues.js'
import { toStoreError } from './postgresErrors.js'

/** How long a connection may be idle within a transaction: as long, others wait for its rows. */
const IDLE_IN_TRANSACTION_MS = 2_000

/** The result of a statement. */
interface Result<Row> {
  readonly rows: Row[]
  readonly rowCount: number | null
  readonly command: string
}

/** A statement, its values, and the name under which a connection keeps it parsed, if it has one. */
type Statement = [text: string, values?: readonly unknown[], name?: string]

/** A connection that is in use. Errors of the connection are store failures. */
export interface Connection {
  query<Row>(this: void, ...statement: Statement): Promise<Result<Row>>
  /** Gives it back. @param isBroken whether to close it instead */
  release(this: void, isBroken?: boolean): void
}

/** Connections to the database. */
export interface Connections {
  connect(this: void): Promise<Connection>
  /** Runs one statement on any of them. */
  query<Row>(this: void, ...statement: Statement): Promise<Result<Row>>
  end(this: void): Promise<void>
}

/** What connections need. */
export interface ConnectionsDeps {
  databaseUrl: string
  /** How many there may be. */
  max: number
  /** How long to wait for a connection, and for another transaction's lock. */
  busyTimeoutMs: number
  /** Called with each error. */
  onFailure(this: void, error: unknown): void
}

/** Opens connections when they are needed. Loads `pg` only here. */
export async function openConnections(deps: ConnectionsDeps): Promise<Connections> {
  const { onFailure } = deps
  const pool = await createPool(deps)
  const ignore = (): void => undefined // the next statement on it fails, which is reported
  pool.on('error', ignore)
  pool.on('connect', (client) => {
    client.on('error', ignore)
  })
  const reported = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work()
    } catch (cause) {
      const error = toStoreError(cause)
      onFailure(error)
      throw error
    }
  }
  const connect = async (): Promise<Connection> => {
    const client = await reported(() => pool.connect())
    return connectionOf(client, reported)
  }
  return {
    connect,
    async query(...statement) {
      const connection = await connect()
      try {
        return await connection.query(...statement)
      } finally {
        connection.release()
      }
    },
    end: () => pool.end(),
  }
}

async function createPool({ databaseUrl, max, busyTimeoutMs }: ConnectionsDeps): Promise<Pool> {
  const { default: pg } = await import('pg')
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, toNumber)
  return new pg.Pool({
    ...connectionOptions(databaseUrl, busyTimeoutMs),
    max,
    types,
  })
}

/** Reads a `bigint`, which `pg` would return as text, as a number, as long as it is exact. */
function toNumber(text: string): number | string {
  return Number.isSafeInteger(Number(text)) ? Number(text) : text
}

/**
 * The options of a connection.
 *
 * @throws {OptionError} for an address that cannot be read; it does not contain the password
 */
export function connectionOptions(databaseUrl: string, busyTimeoutMs: number): PoolConfig {
  if (!URL.canParse(databaseUrl)) {
    throw new OptionError(`databaseUrl is no address: ${shownUrl(databaseUrl)}`)
  }
  return {
    connectionString: databaseUrl,
    application_name: 'yektayar',
    connectionTimeoutMillis: busyTimeoutMs,
    lock_timeout: busyTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    allowExitOnIdle: true,
  }
}

function connectionOf(
  client: PoolClient,
  reported: <Value>(work: () => Promise<Value>) => Promise<Value>,
): Connection {
  return {
    query: <Row>(...[text, values = [], name]: Statement) =>
      reported(() => {
        checkValues(text, values)
        return client.query<Row & QueryResultRow>({ text, values: [...values], name })
      }),
    release(isBroken = false) {
      client.release(isBroken)
    },
  }
}
