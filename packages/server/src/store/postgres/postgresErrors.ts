import { databaseUnreachable } from '../storeFailure.js'
import { StoreValueError } from '../storeValueError.js'

/** The classes of SQLSTATE, and states, that mean that the database cannot work now. */
const failures = [
  '08', // connection
  '25006', // read only: a standby
  '25P03', // the transaction was idle for too long
  '53', // no space, memory or connection left
  '55P03', // a lock was not available in time
  '57', // shut down, crashed, canceled
  '58', // an error of its system
  'F0',
  'XX',
]

/** A text that PostgreSQL cannot store: NUL, or a character that is none. */
const unfitTexts = ['22021', '22P05']

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
  const isFailure = state === undefined || failures.some((known) => state.startsWith(known))
  return isFailure ? databaseUnreachable(error) : error
}

/** The states in which a server ends connections: shut down, crashed, or an operator's decision. */
const endings = ['08', '57P']

/** Whether an error means that a connection is lost, and not that one statement has failed. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof StoreValueError) return false
  const state = stateOf(error)
  return state === undefined || endings.some((known) => state.startsWith(known))
}

function stateOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]+$/.test(code)
    ? code
    : undefined
}
