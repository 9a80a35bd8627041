import { CommandError, isCommandError } from '../../shared/commandError.js'
import type { LimitName, Limits } from '../../shared/limits.js'
import type { SessionTimes } from '../sessionClock.js'
import { isOfStore, ofStore } from '../storeFailure.js'
import { OptionError, optionErrorCode } from '../../shared/optionError.js'
import { StoreValueError } from '../storeValueError.js'

/** The settings with which the thread of a store starts. */
export interface ThreadSettings extends SessionTimes {
  /** `sqlite:<path>`. */
  databaseUrl: string
  /** The id of this process, which marks its commits. */
  node: string
  limits: Limits
}

/** State of the event loop that a write needs. */
interface Surroundings {
  /** The time by which the store decides, in milliseconds since 1970. */
  readonly now: number
  /** Whether the store is full. */
  readonly isFull: boolean
}

/** A request to the thread. A transaction is identified by the number that `begin` returned. */
export type ThreadRequest =
  /** The writes of one transaction, as JSON: posting text costs less than posting objects. */
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

/** The thread's reply to one request. The reply with id 0 reports that the store is open. */
export interface ThreadReply {
  readonly id: number
  readonly value?: unknown
  readonly error?: PackedError
  /** The limits that have refused something since the last reply. */
  readonly refused?: readonly LimitName[]
}

/** An error as data. */
export interface PackedError {
  readonly message: string
  readonly stack: string | undefined
  readonly code?: unknown
  readonly command?: { readonly hint: string | undefined; readonly data: unknown }
  /** For a `StoreValueError`: the column. */
  readonly value?: { readonly column: string | undefined }
  readonly isOfStore: boolean
}

/** Converts an error to data. */
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

/** Converts the data back to an error, with the same class if it is one of this package. */
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
