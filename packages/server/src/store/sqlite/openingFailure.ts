import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { OptionError } from '../../shared/optionError.js'
import { isInMemory, pathOf } from './sqliteUrl.js'

const { R_OK, W_OK } = constants

/**
 * The error for a database that could not be opened: it names the file, and what is wrong with the
 * place or the file, as far as this can be told. Other errors may pass, such as another process's lock.
 */
export function openingFailure(databaseUrl: string, cause: unknown): unknown {
  const path = pathOf(databaseUrl)
  if (cause instanceof OptionError || isInMemory(databaseUrl) || path.startsWith('file:')) {
    return cause
  }
  const what = `The database ${path} cannot be opened: `
  const reason = whatIsWrong(path, cause)
  if (reason !== undefined) return new OptionError(what + reason, { cause })
  return new Error(what + (cause instanceof Error ? cause.message : String(cause)), { cause })
}

function whatIsWrong(path: string, cause: unknown): string | undefined {
  const folder = dirname(path)
  if (isFolder(folder) === false) return `${folder} is not a folder`
  if (isFolder(folder) === undefined) return `its folder cannot be created (${codeOf(cause)})`
  if (isFolder(path)) return 'it is a folder'
  if (!isAllowed(folder, W_OK)) {
    return 'this user cannot write its folder, where SQLite keeps files beside it'
  }
  if (isFolder(path) === false && !isAllowed(path, R_OK | W_OK)) {
    return 'this user cannot read and write it'
  }
  return codeOf(cause) === 'SQLITE_NOTADB' ? 'it is not an SQLite database' : undefined
}

/** Whether there is a folder at a path; `undefined` if there is nothing that can be seen. */
function isFolder(path: string): boolean | undefined {
  try {
    return statSync(path).isDirectory()
  } catch {
    return undefined
  }
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
