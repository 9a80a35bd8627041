import { isA } from '../shared/isA.js'

const CLOSED = 'DATABASE_CLOSED'
const ENDED = 'STORE_THREAD_ENDED'
const UNREACHABLE = 'DATABASE_UNREACHABLE'
const STOPPED = 'TRANSACTION_STOPPED'

/** Codes of failures after which the same work may succeed; every other code concerns only one statement. */
const codes = ['BUSY', 'LOCKED', 'NOMEM', 'READONLY', 'INTERRUPT', 'IOERR', 'CORRUPT', 'FULL']
  .concat(['CANTOPEN', 'PROTOCOL', 'NOTADB', 'PERM'])
  .map((name) => `SQLITE_${name}`)
  .concat(CLOSED, ENDED, UNREACHABLE, STOPPED)

/** Errors that the store has thrown. An app may use other SQLite files, with the same codes. */
const own = new WeakSet()

/** Marks an error as thrown by the store, and returns it. */
export function ofStore(error: unknown): unknown {
  if (isA(error, Error)) own.add(error)
  return error
}

/** The error for every request after the store was closed. */
export function databaseClosed(): Error {
  return failureWith('The database is closed', CLOSED)
}

/** The error for requests to the thread of the store that are pending or made after it ended. */
export function threadEnded(): Error {
  return failureWith('The thread of the store has ended', ENDED)
}

/** The error for a database that could not be reached, or that could not do its work. */
export function databaseUnreachable(cause: Error): Error {
  return failureWith(`The database cannot be used: ${cause.message}`, UNREACHABLE, cause)
}

/** The error for a transaction that the database has stopped for a reason of its own; others go on. */
export function transactionStopped(cause: Error): Error {
  return failureWith(`The database has stopped a transaction: ${cause.message}`, STOPPED, cause)
}

/** Whether the database has stopped one transaction, which says nothing about others. */
export function isStopped(error: unknown): boolean {
  return isA(error, Error) && own.has(error) && codeOf(error) === STOPPED
}

function failureWith(message: string, code: string, cause?: Error): Error {
  const error = Object.assign(new Error(message, cause && { cause }), { code })
  own.add(error)
  return error
}

/** Whether the store has thrown an error. */
export function isOfStore(error: unknown): boolean {
  return isA(error, Error) && own.has(error)
}

/** Whether an error means that the store could not do its work, and not that one statement was wrong. */
export function isStoreFailure(error: unknown): boolean {
  if (!isA(error, Error) || !own.has(error)) return false
  const code = codeOf(error)
  return codes.some((known) => code.startsWith(known))
}

/** Whether an error means that another process holds the lock of the file. */
export function isLocked(error: unknown): boolean {
  return isA(error, Error) && codeOf(error).startsWith('SQLITE_BUSY')
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown } // checked below
  return typeof code === 'string' ? code : ''
}
