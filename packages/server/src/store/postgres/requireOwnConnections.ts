import { randomUUID } from 'node:crypto'
import { OptionError } from '../../shared/optionError.js'
import type { Connection, Connections } from './pool.js'

/** How often the connections are compared, since a pooler may give the right one by chance. */
const ROUNDS = 3

/** A setting by which a connection can be told from others; PostgreSQL allows any name with a dot. */
const MARK = 'yektayar.connection'

/** Begins a transaction that may be idle for long: the event loop may be busy at a start. */
const BEGIN = 'begin; set local idle_in_transaction_session_timeout = 0'

/**
 * Refuses a pooler that gives each transaction another connection: locks, settings and `LISTEN` belong
 * to a connection, so processes would not hear each other, or undo each other's settings.
 *
 * @throws {OptionError}
 */
export async function requireOwnConnections({
  connect,
}: Pick<Connections, 'connect'>): Promise<void> {
  const one = await connect()
  try {
    const other = await connect()
    try {
      for (let round = 0; round < ROUNDS; round++) await compare(one, other)
    } finally {
      other.release(true) // a failed comparison leaves a transaction and a mark
    }
  } finally {
    one.release(true)
  }
}

async function compare(one: Connection, other: Connection): Promise<void> {
  const mark = randomUUID()
  await one.query('select set_config($1, $2, false)', [MARK, mark])
  await other.query(BEGIN) // keeps what a pooler gives it
  const seen = await readMark(other)
  const own = await readMark(one)
  await other.query('rollback')
  await one.query('select set_config($1, $2, false)', [MARK, ''])
  if (seen !== mark && own === mark) return
  throw new OptionError(
    'databaseUrl names a pooler that gives each transaction another connection; ' +
      'name PostgreSQL itself, or a pooler in session mode',
  )
}

async function readMark(connection: Connection): Promise<string | null | undefined> {
  const { rows } = await connection.query<{ mark: string | null }>(
    'select current_setting($1, true) as mark',
    [MARK],
  )
  return rows[0]?.mark
}
