import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import type { AcquiredSession, SessionMetadata } from '@yektayar/protocol'
import { fieldsOf } from './fieldsOf.js'
import { answerError } from './answerError.js'
import { YektaYarError } from './yektaYarError.js'

/** What an acquire request needs. */
export interface AcquireSessionOptions {
  readonly metadata: SessionMetadata | undefined
  readonly fetch: typeof globalThis.fetch | undefined
  readonly signal: AbortSignal
}

const REQUEST = `POST ${SESSION_ACQUIRE_PATH}`

/**
 * Asks a server for a new anonymous session.
 *
 * @throws {YektaYarError} retryable when the server could not be reached or is busy
 */
export async function acquireSession(
  origin: string,
  { metadata, fetch = globalThis.fetch, signal }: AcquireSessionOptions,
): Promise<AcquiredSession> {
  const response = await fetch(origin + SESSION_ACQUIRE_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata }),
    signal,
  }).catch((cause: unknown) => {
    throw new YektaYarError('network_error', `${REQUEST}: not reached`, {
      hint: 'Does it run, and allow this origin?',
      cause,
    })
  })
  const { ok, status } = response
  const body: unknown = await response.json().catch(() => undefined)
  const session = parseSession(body)
  if (ok && session) return session

  const failure = answerError(REQUEST, fieldsOf(body).error, `status ${status}`)
  if (failure.retryable || (status < 500 && status !== 429)) throw failure
  throw new YektaYarError('network_error', failure.message, { cause: failure })
}

/** Reads a session from an answer; `undefined` when it is not one. */
export function parseSession(value: unknown): AcquiredSession | undefined {
  const { token, expiresAt } = fieldsOf(value)
  if (typeof token !== 'string' || !token || typeof expiresAt !== 'string') return undefined
  return Date.parse(expiresAt) ? { token, expiresAt } : undefined
}
