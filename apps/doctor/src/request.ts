/** The reply to a request: an answer, or the code of a failure. */
export type Reply = Answer | NoAnswer

/** An HTTP answer, which may come from any kind of server. */
export interface Answer {
  readonly kind: 'answer'
  readonly status: number
  readonly headers: Headers
  /** The first part of the body. */
  readonly text: string
  /** The parsed body; `undefined` if it is not JSON. */
  readonly json: unknown
  /** Local clock, in milliseconds since 1970. */
  readonly sentAt: number
  readonly receivedAt: number
  readonly durationMs: number
}

/** No answer: a code such as `ECONNREFUSED` or `TIMEOUT`. */
interface NoAnswer {
  readonly kind: 'none'
  readonly code: string
  readonly durationMs: number
}

/** One request. */
export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  readonly now: () => number
}

/** How much of a body is read, since any kind of server may answer. */
const MAX_BODY_BYTES = 64 * 1024

/** Sends one request within its timeout; never rejects and follows no redirect. */
export async function request(
  url: string,
  { now, timeoutMs, ...init }: RequestOptions,
): Promise<Reply> {
  const startedAt = performance.now()
  const sentAt = now()
  const duration = (): number => Math.round(performance.now() - startedAt)
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(url, { ...init, redirect: 'manual', signal })
    const receivedAt = now()
    const text = await readStart(response)
    const { status, headers } = response
    const json = parseJson(text)
    const durationMs = duration()
    return { kind: 'answer', status, headers, text, json, sentAt, receivedAt, durationMs }
  } catch (error) {
    return { kind: 'none', code: errorCode(error), durationMs: duration() }
  }
}

/** The first code in a chain of errors, of Node or OpenSSL; `TIMEOUT` after the timeout. */
export function errorCode(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.name === 'TimeoutError') return 'TIMEOUT'
    if ('code' in current && typeof current.code === 'string') return current.code
  }
  return 'UNKNOWN'
}

async function readStart({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  // Leaving the loop cancels the rest of the body.
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    bytes += chunk.byteLength
    if (bytes >= MAX_BODY_BYTES) break
  }
  return text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
