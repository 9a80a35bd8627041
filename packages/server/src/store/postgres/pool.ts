import type { Pool, PoolClient, PoolConfig, QueryResultRow } from 'pg'
import { OptionError } from '../../shared/optionError.js'
import { shownUrl } from '../../shared/shownUrl.js'
import { timerMs } from '../../shared/timerMs.js'
import { isStopped, isStoreFailure } from '../storeFailure.js'
import { StoreValueError } from '../storeValueError.js'
import { checkValues } from './checkValues.js'
import { endClient } from './pendingStatements.js'
import type { PendingStatements } from './pendingStatements.js'
import { toStoreError } from './postgresErrors.js'
import { RenewedPool } from './renewedPool.js'
import type { ServerWatch } from './serverWatch.js'

/** How long a connection may be silent before the network is asked whether its peer is there. */
const KEEP_ALIVE_MS = 10_000

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
  /**
   * Ends those that are open, since they may be dead. Statements that wait for an answer fail, and after
   * the end those who wait for a connection.
   */
  cut(this: void): void
  end(this: void): Promise<void>
}

/** What connections need. */
export interface ConnectionsDeps {
  databaseUrl: string
  /** How many there may be. */
  max: number
  /** How long to wait for a connection, and for another transaction's lock. */
  busyTimeoutMs: number
  /** Which server the connections are to. */
  server: ServerWatch
  /** The statements that wait for answers. */
  pending: PendingStatements
  /** Called with each answer of the database. */
  onAnswer(this: void): void
  /** Called with each error. */
  onFailure(this: void, error: unknown): void
}

/** Opens connections when they are needed. Loads `pg` only here. */
export async function openConnections(deps: ConnectionsDeps): Promise<Connections> {
  const { server, pending } = deps
  const { failed, reported } = reporterOf(deps)
  const pool = new RenewedPool(await poolFactory(deps), deps.busyTimeoutMs)
  const busy = new Set<PoolClient>()
  /** Takes a connection, which asks the database nothing if one is there. */
  const take = async (): Promise<PoolClient> => {
    try {
      return await pool.take()
    } catch (cause) {
      throw failed(cause)
    }
  }
  const connect = async (): Promise<Connection> => {
    for (;;) {
      const client = await take()
      busy.add(client)
      const answered = <Value>(work: () => Promise<Value>): Promise<Value> =>
        reported(client, () => pending.during(client, server.pidOf(client), work))
      const free = connectionOf(client, answered, () => busy.delete(client))
      try {
        if (
          server.isKnown(client)
            ? server.isCurrent(client)
            : await answered(() => server.ask(client))
        ) {
          return free
        }
      } catch (error) {
        free.release(true)
        throw error
      }
      free.release(true) // the database has moved to another server
    }
  }
  pending.onLost(() => {
    pool.renew()
  })
  // What still waits for the earlier server would wait until the network gives up.
  server.onReplaced(() => {
    for (const client of busy) {
      if (server.isKnown(client) && !server.isCurrent(client)) endClient(client)
    }
  })
  return {
    connect,
    async query(...statement) {
      const connection = await connect()
      let isBroken = false
      try {
        return await connection.query(...statement)
      } catch (error) {
        isBroken = isStoreFailure(error)
        throw error
      } finally {
        connection.release(isBroken)
      }
    },
    cut() {
      pool.renew()
      pool.failWaiting()
      for (const client of busy) endClient(client)
    },
    end: () => pool.end(),
  }
}

/** Tells of the answers of the database, and of what has failed. */
function reporterOf({ server, onAnswer, onFailure }: ConnectionsDeps) {
  const failed = (cause: unknown): unknown => {
    const error = toStoreError(cause)
    onFailure(error)
    return error
  }
  return {
    failed,
    /** Asks the database by a connection that was made. */
    async reported<Value>(
      this: void,
      client: PoolClient,
      work: () => Promise<Value>,
    ): Promise<Value> {
      try {
        const value = await work()
        onAnswer()
        return value
      } catch (cause) {
        const reason = server.failed(client, cause)
        const error = failed(reason)
        if (reason === cause && isAnswer(error)) onAnswer()
        throw error
      }
    },
  }
}

/** Whether the database has refused a statement, and serves others. */
function isAnswer(error: unknown): boolean {
  if (error instanceof StoreValueError) return false
  return !isStoreFailure(error) || isStopped(error)
}

function ignore(): void {
  return undefined
}

/** Loads `pg`, and returns the function that creates a pool. */
async function poolFactory({
  databaseUrl,
  max,
  busyTimeoutMs,
  server,
}: ConnectionsDeps): Promise<() => Pool> {
  const { default: pg } = await import('pg')
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, toNumber)
  const options = { ...connectionOptions(databaseUrl, busyTimeoutMs), max, types }
  return () => {
    const pool = new pg.Pool(options)
    pool.on('error', ignore) // an idle connection was lost, which says so as well
    pool.on('connect', (client) => {
      client.on('error', (error) => {
        server.failed(client, error) // the next statement on it fails, which is reported
      })
    })
    return pool
  }
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
export function connectionOptions(databaseUrl: string, busyMs: number): PoolConfig {
  if (!URL.canParse(databaseUrl)) {
    throw new OptionError(`databaseUrl is no address: ${shownUrl(databaseUrl)}`)
  }
  return {
    connectionString: databaseUrl,
    application_name: 'yektayar',
    connectionTimeoutMillis: timerMs(busyMs), // which may be Infinity
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    allowExitOnIdle: true,
  }
}

function connectionOf(
  client: PoolClient,
  reported: <Value>(work: () => Promise<Value>) => Promise<Value>,
  onReleased: () => void,
): Connection {
  return {
    query: <Row>(...[text, values = [], name]: Statement) =>
      reported(() => {
        checkValues(text, values)
        return client.query<Row & QueryResultRow>({ text, values: [...values], name })
      }),
    release(isBroken = false) {
      onReleased()
      if (isBroken) endClient(client)
      client.release(isBroken)
    },
  }
}
