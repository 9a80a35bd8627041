import type { AcquiredSession } from '@yektayar/protocol'
import { errorFromServer } from '../shared/errorFromServer.js'
import { propertiesOf } from '../shared/propertiesOf.js'

/** A session as a client stores it. */
export interface StoredSession extends AcquiredSession {
  /** Known after a sign-in or sign-out. */
  readonly id?: string
  /** The signed-in user; `null` for an anonymous session. */
  readonly userId: string | null
  /** When to renew it, in milliseconds since 1970 by the server's clock, if known. */
  readonly renewAt?: number
}

/** Parses a session from an answer or from the storage; `undefined` if the value is not one. */
export function parseSession(value: unknown): StoredSession | undefined {
  const { token, expiresAt, id, userId, renewAt } = propertiesOf(value)
  if (typeof token !== 'string' || !token || typeof expiresAt !== 'string') return undefined
  if (!Date.parse(expiresAt)) return undefined
  return {
    token,
    expiresAt,
    userId: typeof userId === 'string' ? userId : null,
    ...(typeof id === 'string' && { id }),
    ...(typeof renewAt === 'number' && { renewAt }),
  }
}

/** The name of a server's session in the storage, in locks and in messages between tabs. */
export function sessionKey(origin: string): string {
  return `yektayar:session:${origin}`
}

/**
 * Reads a session from a server's answer.
 *
 * @throws {YektaYarError} `invalid_answer`
 */
export function sessionOf(what: string, answer: unknown): StoredSession {
  const session = parseSession(answer)
  if (session) return session
  throw errorFromServer(what, undefined)
}
