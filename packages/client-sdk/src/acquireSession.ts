import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import type { AcquiredSession, SessionMetadata } from '@yektayar/protocol'
import { isRecord } from './isRecord.js'
import { parseFailure } from './parseAnswer.js'
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
  const response = await send()
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) {
    const session = parseSession(body)
    if (session) return session
  }
  throw refusal(response, body)

  async function send(): Promise<Response> {
    try {
      return await fetch(origin + SESSION_ACQUIRE_PATH, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ metadata }),
        signal,
      })
    } catch (cause) {
      throw new YektaYarError('network_error', `${REQUEST}: ${origin} was not reached`, {
        hint: 'Check that the server runs and allows this origin',
        cause,
      })
    }
  }
}

/** Reads a session from an answer or from storage; `undefined` when it is not one. */
export function parseSession(value: unknown): AcquiredSession | undefined {
  if (!isRecord(value)) return undefined
  const { token, expiresAt } = value
  if (typeof token !== 'string' || !token || typeof expiresAt !== 'string') return undefined
  return Number.isNaN(Date.parse(expiresAt)) ? undefined : { token, expiresAt }
}

function refusal({ status }: Response, body: unknown): YektaYarError {
  const retryable = status >= 500 || status === 429
  const failure = isRecord(body) ? parseFailure(body.error) : undefined
  if (failure) return YektaYarError.fromAnswer(REQUEST, { ...failure, retryable })
  return new YektaYarError(
    retryable ? 'network_error' : 'invalid_answer',
    `${REQUEST}: unexpected answer with status ${status}`,
    { hint: 'Check that the address is that of a YektaYar server', retryable },
  )
}
