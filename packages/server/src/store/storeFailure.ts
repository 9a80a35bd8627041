const CLOSED = 'DATABASE_CLOSED'
const ENDED = 'STORE_THREAD_ENDED'

/** What keeps the store from working at all; every other code is the fault of one statement. */
const codes = ['BUSY', 'LOCKED', 'NOMEM', 'READONLY', 'INTERRUPT', 'IOERR', 'CORRUPT', 'FULL']
  .concat(['CANTOPEN', 'PROTOCOL', 'NOTADB', 'PERM'])
  .map((name) => `SQLITE_${name}`)
  .concat(CLOSED, ENDED)

/** Errors that came out of the store; an app may have another SQLite file beside it. */
const own = new WeakSet()

/** Notes that the store itself has thrown an error, and returns it. */
export function ofStore(error: unknown): unknown {
  if (error instanceof Error) own.add(error)
  return error
}

/** The failure of whatever comes after the store was closed. */
export function databaseClosed(): Error {
  return failureWith('The database is closed', CLOSED)
}

/** The failure of what the thread of the store was asked, or would have been, when it had ended. */
export function threadEnded(): Error {
  return failureWith('The thread of the store has ended', ENDED)
}

function failureWith(message: string, code: string): Error {
  const error = Object.assign(new Error(message), { code })
  own.add(error)
  return error
}

/** Tells whether the store itself has thrown an error. */
export function isOfStore(error: unknown): boolean {
  return error instanceof Error && own.has(error)
}

/** Tells whether the store cannot work at present, rather than that a statement was at fault. */
export function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof Error) || !own.has(error)) return false
  const code = codeOf(error)
  return codes.some((known) => code.startsWith(known))
}

/** Tells whether another process holds the lock of the file. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && codeOf(error).startsWith('SQLITE_BUSY')
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown } // looked at before use
  return typeof code === 'string' ? code : ''
}
