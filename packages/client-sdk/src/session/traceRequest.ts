import { SESSION_PATH } from '@yektayar/protocol'
import type { ErrorCode } from '@yektayar/protocol'
import { now, platformFetch } from '../shared/platform.js'
import { codeOf, elapsedMs } from '../shared/trace.js'
import type { Tracer } from '../shared/trace.js'
import type { SessionRequest } from './sessionApi.js'

type Fetch = typeof globalThis.fetch

/**
 * Traces the outcome of a request about the session.
 *
 * @param send sends the request by the given `fetch`, which records the status
 */
export async function traceRequest<Answer>(
  trace: Tracer,
  { method = 'POST', path }: SessionRequest,
  fetch: Fetch = platformFetch(),
  send: (fetch: Fetch) => Promise<Answer>,
): Promise<Answer> {
  const startedAt = now()
  let status: number | null = null
  let code: ErrorCode | null = null
  try {
    return await send(async (...request) => {
      const response = await fetch(...request)
      status = response.status
      return response
    })
  } catch (error) {
    code = codeOf(error)
    throw error
  } finally {
    // The path of a `DELETE` may contain a session's id, so it is shortened.
    const request = `${method} ${method === 'DELETE' ? SESSION_PATH : path}`
    trace({ type: 'request', request, status, code, durationMs: elapsedMs(startedAt) })
  }
}
