import { platformSignal } from '../shared/abortController.js'
import { copyInput } from '../shared/copyInput.js'
import { errorFromServer, isRefusal, toRetryable } from '../shared/errorFromServer.js'
import { hintFor } from '../shared/hintFor.js'
import { platformFetch } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { withDeadline } from '../shared/withDeadline.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { YektaYarErrorDetails } from '../shared/yektaYarError.js'
import { parseSession } from './storedSession.js'

/** One request about a session. */
export interface SessionRequest {
  /** @default 'POST' */
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly token?: string
  readonly body?: object
}

/** What a request needs. */
export interface SessionApiDeps {
  readonly fetch: typeof globalThis.fetch | undefined
  readonly signal: AbortSignal
  /** The timeout for the answer including its body. @default until the signal aborts */
  readonly timeoutMs?: number | undefined
}

/** These statuses are temporary, whatever the body contains. */
const busyStatuses = [429, 503]

/** Whether an answer comes from a session route, and not from a captive portal or a proxy. */
const isAnswer = {
  GET: ({ ok }: Response, body: unknown) => ok && Array.isArray(body),
  POST: ({ ok }: Response, body: unknown) => ok && parseSession(body) !== undefined,
  DELETE: ({ status }: Response) => status === 204,
}

/**
 * Sends a REST request: a `GET` resolves with a list, a `POST` with a session, a `DELETE` with
 * nothing.
 *
 * @throws {YektaYarError} the server's refusal; `invalid_answer`, retryable, where something else
 * answered; `network_error` with a cause where nothing did
 */
export async function requestSession(
  origin: string,
  request: SessionRequest,
  { fetch = platformFetch(), signal, timeoutMs }: SessionApiDeps,
): Promise<unknown> {
  const what = `${request.method ?? 'POST'} ${request.path}`
  try {
    return await withDeadline(what, { timeoutMs, signal }, (deadline) =>
      ask(what, origin, request, fetch, deadline),
    )
  } catch (cause) {
    if ((cause as YektaYarError).code !== 'timeout') throw cause // no answer has this code
    throw noAnswer(`${what}: no answer in time`, { cause })
  }
}

async function ask(
  what: string,
  origin: string,
  { method = 'POST', path, token, body }: SessionRequest,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<unknown> {
  // `undefined` counts as none.
  const text = JSON.stringify(body && copyInput(what, body).value) as string | null
  let response: Response
  let answer: unknown
  let cause: unknown
  try {
    response = await fetch(origin + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: text,
      signal: platformSignal(signal),
    })
    answer = await response.json().catch((error: unknown) => {
      cause = error
    })
  } catch (cause) {
    throw noAnswer(`${what}: not reached`, { hint: hintFor(cause), cause })
  }
  if (isAnswer[method](response, answer)) return answer
  throw toFailure(what, response, answer, cause)
}

/** The server's refusal if it has the server's format; otherwise a `network_error`. */
function toFailure(
  what: string,
  { ok, status, headers }: Response,
  answer: unknown,
  cause: unknown,
): YektaYarError {
  const { error } = propertiesOf(answer)
  const isOwn = !ok && isRefusal(error)
  const failure = propertiesOf(isOwn ? error : undefined)
  const retryAfterMs = readRetryAfter(headers)
  const data =
    retryAfterMs === undefined ? failure.data : { retryAfterMs, ...propertiesOf(failure.data) }
  const isMissing = status === 404 && what.includes('/sign-')
  const hint = isMissing ? 'Has the server the option "authenticate"?' : failure.hint
  const refusal = errorFromServer(
    what,
    { ...failure, hint, data },
    `status ${String(status)}`,
    cause,
  )
  return isOwn && !busyStatuses.includes(status) ? refusal : toRetryable(refusal)
}

function noAnswer(message: string, details: YektaYarErrorDetails): YektaYarError {
  return new YektaYarError('network_error', message, { mayHaveRun: true, ...details })
}

/** Parses `Retry-After`, seconds or a date, to milliseconds. CORS may hide it from scripts. */
function readRetryAfter(headers: Headers | undefined): number | undefined {
  const value = headers?.get('retry-after') ?? ''
  const delayMs = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now()
  return delayMs > 0 ? delayMs : undefined
}
