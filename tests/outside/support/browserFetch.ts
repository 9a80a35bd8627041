/** Headers that a page may send to another origin without a preflight. */
const simpleHeaders = ['accept', 'accept-language', 'content-language']
const simpleTypes = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']
/** Response headers that a page of another origin may read, by the Fetch standard. */
const readableHeaders = [
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
]

/** A browser-like `fetch`, and what its requests caused. */
export interface BrowserFetch {
  fetch: typeof globalThis.fetch
  /** The method and path of each preflight. */
  preflights: string[]
}

/**
 * A `fetch` as in a page of `pageOrigin`. It sends a preflight where the Fetch standard requires
 * one, fails if the response does not allow the origin, and hides response headers.
 */
export function browserFetch(pageOrigin: string): BrowserFetch {
  const preflights: string[] = []
  const fetch = async (
    input: string | URL | Request,
    init: RequestInit = {},
  ): Promise<Response> => {
    const request = new Request(input, init)
    const asked = headersToAskFor(request)
    if (asked.length > 0 || !['GET', 'HEAD', 'POST'].includes(request.method)) {
      preflights.push(`${request.method} ${new URL(request.url).pathname}`)
      await preflight(request, asked, pageOrigin)
    }
    const headers = new Headers(init.headers)
    headers.set('origin', pageOrigin)
    const response = await globalThis.fetch(input, { ...init, headers })
    requireOrigin(response, pageOrigin)
    return withReadableHeaders(response)
  }
  return { fetch, preflights }
}

function headersToAskFor({ headers }: Request): string[] {
  return [...headers]
    .filter(([name, value]) =>
      name === 'content-type'
        ? !simpleTypes.includes(value.split(';')[0] ?? '')
        : !simpleHeaders.includes(name),
    )
    .map(([name]) => name)
}

async function preflight(request: Request, asked: string[], origin: string): Promise<void> {
  const answer = await globalThis.fetch(request.url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': request.method,
      ...(asked.length > 0 && { 'access-control-request-headers': asked.join(',') }),
    },
  })
  if (!answer.ok)
    throw new TypeError(`CORS: the preflight was answered by ${String(answer.status)}`)
  requireOrigin(answer, origin)
  const methods = listOf(answer, 'access-control-allow-methods')
  if (!methods.includes(request.method.toLowerCase()) && !isSimple(request.method)) {
    throw new TypeError(`CORS: ${request.method} is not in Access-Control-Allow-Methods`)
  }
  const headers = listOf(answer, 'access-control-allow-headers')
  const refused = asked.filter((name) => !headers.includes(name))
  if (refused.length > 0) throw new TypeError(`CORS: ${refused.join(', ')} may not be sent`)
}

function isSimple(method: string): boolean {
  return ['GET', 'HEAD', 'POST'].includes(method)
}

function requireOrigin({ headers }: Response, origin: string): void {
  const allowed = headers.get('access-control-allow-origin')
  if (allowed !== origin && allowed !== '*') throw new TypeError('CORS: this origin is not allowed')
}

function withReadableHeaders(response: Response): Response {
  const exposed = listOf(response, 'access-control-expose-headers')
  const headers = new Headers()
  for (const [name, value] of response.headers) {
    if (readableHeaders.includes(name) || exposed.includes(name)) headers.set(name, value)
  }
  const { status } = response
  return new Response(status === 204 ? null : response.body, { status, headers })
}

function listOf({ headers }: Response, name: string): string[] {
  return (headers.get(name) ?? '').split(',').map((entry) => entry.trim().toLowerCase())
}
