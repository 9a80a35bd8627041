import { databaseUnreachable, isStopped, transactionStopped } from '../storeFailure.js'
import { StoreValueError } from '../storeValueError.js'

/** The classes of SQLSTATE, and states, that mean that the database cannot work now. */
const failures = [
  '08', // connection
  '25006', // read only: a standby
  '53', // no space, memory or connection left
  '57', // shut down, crashed
  '58', // an error of its system
  'F0',
  'XX',
]

/** The states of transactions that were idle for too long, or took too long: their connections end. */
const tooLong = ['25P03', '25P04']

/** The state of a statement that an operator or `statement_timeout` has cancelled. */
const CANCELLED = '57014'

/** The states of a single transaction that was stopped, while the database serves all others. */
const stops = [
  ...tooLong,
  '55P03', // a lock was not available in time
  CANCELLED,
]

/** The states in which PostgreSQL ends a connection that is at fault itself, or idle for too long. */
const ownEndings = [...tooLong, '57P05']

/** A text that PostgreSQL cannot store: NUL, or a character that is none. */
const unfitTexts = ['22021', '22P05']

/** The state by which a server refuses connections while it starts or shuts down. */
const CANNOT_CONNECT_NOW = '57P03'

/** A deadlock, or what another transaction has changed meanwhile. */
const conflicts = ['40001', '40P01']

/** Whether the same transaction may succeed when it is tried again. */
export function isConflict(error: unknown): boolean {
  return conflicts.includes(stateOf(error) ?? '')
}

/**
 * The error for a failed statement: a store failure if the database cannot be used, otherwise as it
 * is. PostgreSQL's states have five characters; every other error is one of the connection.
 */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreValueError) return error
  const state = stateOf(error)
  if (state !== undefined && unfitTexts.includes(state)) {
    return new StoreValueError('The database cannot store this: a text with a NUL character')
  }
  if (state !== undefined && stops.includes(state)) return transactionStopped(error)
  const isFailure = state === undefined || failures.some((known) => state.startsWith(known))
  return isFailure ? databaseUnreachable(error) : error
}

/** Whether the database has stopped a transaction that was idle or took too long. */
export function tookTooLong(error: unknown): boolean {
  return isStopped(error) && tooLong.includes(causeOf(error))
}

/** Whether a statement of a transaction was cancelled. */
export function wasCancelled(error: unknown): boolean {
  return isStopped(error) && causeOf(error) === CANCELLED
}

function causeOf(error: unknown): string {
  return (error instanceof Error ? stateOf(error.cause) : undefined) ?? ''
}

/** Whether a connection has ended for a reason of its own, which says nothing about its server. */
export function isOwnEnding(error: unknown): boolean {
  return ownEndings.includes(stateOf(error) ?? '')
}

/** The error for a connection to a standby, which is no database to write to before it is promoted. */
export function standbyError(): Error {
  const message = 'the server is a standby; name the primary, or promote it'
  return Object.assign(new Error(message), { code: CANNOT_CONNECT_NOW })
}

/** The states in which a server ends connections: shut down, crashed, or an operator's decision. */
const endings = ['08', '57P']

/** Whether an error means that a connection is lost, and not that one statement has failed. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof StoreValueError) return false
  const state = stateOf(error)
  return state === undefined || endings.some((known) => state.startsWith(known))
}

/** PostgreSQL's own code of an error, which every error has that the server answers with. */
export function stateOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]+$/.test(code)
    ? code
    : undefined
}
