import { CommandError, isCommandError } from '../../shared/commandError.js'
import type { LimitName, Limits } from '../../shared/limits.js'
import type { SessionTimes } from '../sessionClock.js'
import { isOfStore, ofStore } from '../storeFailure.js'
import { OptionError, optionErrorCode } from '../../shared/optionError.js'
import { StoreValueError } from '../storeValueError.js'

/** What the thread of a store is started with. */
export interface ThreadSettings extends SessionTimes {
  /** `sqlite:<path>`. */
  databaseUrl: string
  /** Tells what this process has committed from what others have. */
  node: string
  limits: Limits
}

/** What a write depends on that only the event loop knows. */
interface Surroundings {
  /** The time by which the store decides, in milliseconds since 1970. */
  readonly now: number
  /** Whether nothing more may be stored. */
  readonly isFull: boolean
}

/** What the thread is asked to do. A transaction is named by the number that `begin` returned. */
export type ThreadRequest =
  /** Writes of one transaction, as JSON: text costs less to hand over than objects. */
  | ({ readonly op: 'commit'; readonly group: string } & Surroundings)
  | { readonly op: 'begin' }
  | ({ readonly op: 'write'; readonly transaction: number; readonly write: string } & Surroundings)
  | {
      readonly op: 'query'
      readonly transaction: number | undefined
      readonly sql: string
      readonly parameters: readonly unknown[]
    }
  | { readonly op: 'end'; readonly transaction: number }
  | { readonly op: 'rollBack'; readonly transaction: number }
  | { readonly op: 'readVersion' }
  | { readonly op: 'close' }

/** A request on its way to the thread. */
export type SentRequest = ThreadRequest & { readonly id: number }

/** What the thread answers to one request; the one with the id 0 says that the store is open. */
export interface ThreadReply {
  readonly id: number
  readonly value?: unknown
  readonly error?: PackedError
  /** The limits by which something was refused meanwhile. */
  readonly refused?: readonly LimitName[]
}

/** An error as data. */
export interface PackedError {
  readonly message: string
  readonly stack: string | undefined
  readonly code?: unknown
  readonly command?: { readonly hint: string | undefined; readonly data: unknown }
  /** Of a value that the database cannot hold: the column. */
  readonly value?: { readonly column: string | undefined }
  readonly isOfStore: boolean
}

/** Makes data of an error. */
export function packError(error: unknown): PackedError {
  const { message, stack, code } = toError(error)
  return {
    message,
    stack,
    isOfStore: isOfStore(error),
    ...(code !== undefined && { code }),
    ...(isCommandError(error) && { command: { hint: error.hint, data: error.data } }),
    ...(error instanceof StoreValueError && { value: { column: error.column } }),
  }
}

function toError(error: unknown): Error & { code?: unknown } {
  return error instanceof Error ? error : new Error(String(error))
}

/** Makes the error again, of the same class as far as it is ours. */
export function unpackError(packed: PackedError): Error {
  const error = errorOf(packed)
  if (packed.stack !== undefined) error.stack = packed.stack
  if (packed.isOfStore) ofStore(error)
  return error
}

function errorOf({ message, code, command, value }: PackedError): Error {
  if (command) {
    const { hint, data } = command
    const options = { ...(hint !== undefined && { hint }), data }
    return new CommandError(code as CommandError['code'], message, options) // as it was packed
  }
  if (code === optionErrorCode) return new OptionError(message)
  if (value) return new StoreValueError(message, value.column)
  return Object.assign(new Error(message), code !== undefined && { code })
}
