import { answerError } from './answerError.js'
import { fieldsOf } from './fieldsOf.js'
import { YektaYarError } from './yektaYarError.js'

/** One request about a session. */
export interface SessionRequest {
  /** @default 'POST' */
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly token?: string
  readonly body?: unknown
}

/** How a request is made. */
export interface SessionRequestOptions {
  readonly fetch: typeof globalThis.fetch | undefined
  readonly signal: AbortSignal
}

/**
 * Asks the server over REST and resolves with the body of its answer, unchecked.
 *
 * @throws {YektaYarError} retryable when the server could not be reached or is busy
 */
export async function requestSession(
  origin: string,
  { method = 'POST', path, token, body }: SessionRequest,
  { fetch = globalThis.fetch, signal }: SessionRequestOptions,
): Promise<unknown> {
  const what = `${method} ${path}`
  const response = await fetch(origin + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body) as string | null, // `undefined` counts as none
    signal,
  }).catch((cause: unknown) => {
    throw new YektaYarError('network_error', `${what}: not reached`, {
      hint: 'Does it run, and allow this origin?',
      cause,
    })
  })
  const { ok, status } = response
  const answer: unknown = await response.json().catch(() => undefined)
  if (ok) return answer

  const failure = answerError(what, fieldsOf(answer).error, `status ${status}`)
  if (failure.retryable || (status < 500 && status !== 429)) throw failure
  throw new YektaYarError('network_error', failure.message, { cause: failure })
}
