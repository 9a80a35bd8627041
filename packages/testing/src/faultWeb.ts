import type { Socket } from 'node:net'

/** Which connections a fault of the web is for. */
export type WebTraffic = 'websocket' | 'all'

/** What is wrong with HTTP and WebSocket on a network; shared by all connections of a proxy. */
export interface WebConditions {
  /** Whose requests never get an answer. */
  hang: WebTraffic | undefined
  /** Whose answers begin, and then nothing passes any more, either way. */
  swallow: { readonly traffic: WebTraffic; readonly afterBytes: number } | undefined
  /** Whether answers are held back until they are complete. */
  isBuffering: boolean
  /** The page that answers each request in the server's place. */
  portal: string | undefined
}

/** What a connection is asked to do by a filter of its bytes. */
export interface WebFilterDeps {
  readonly client: Socket
  /** Ends the server's side, since the client gets its answer from somebody else. */
  forsake(): void
}

const END_OF_HEAD = '\r\n\r\n'

/** A head is not longer; what is longer is no HTTP. */
const MAX_HEAD_BYTES = 16 * 1024

/** Looks at what passes one connection as HTTP, and does to it what the conditions say. */
export class WebFilter {
  readonly #conditions: WebConditions
  readonly #deps: WebFilterDeps
  #isSwallowing = false
  /** What came of a request's head so far. */
  #request = ''
  #kind: 'unknown' | 'http' | 'websocket' = 'unknown'
  #isHeadAnswered = false
  /** Bytes that have come back after the head of the answer, since they count. */
  #answeredBytes = 0
  #held = Buffer.alloc(0)

  constructor(conditions: WebConditions, deps: WebFilterDeps) {
    this.#conditions = conditions
    this.#deps = deps
  }

  /** Whether nothing passes any more, and nobody hears of that. */
  get isSwallowing(): boolean {
    return this.#isSwallowing
  }

  /** What of the client's bytes passes. */
  toServer(bytes: Buffer): Buffer | undefined {
    if (this.#kind === 'unknown') this.#readRequest(bytes)
    const { hang, portal } = this.#conditions
    if (portal !== undefined && this.#kind === 'http') {
      this.#answer(portal)
      return undefined
    }
    if (this.#concerns(hang)) this.#isSwallowing = true
    return this.#isSwallowing ? undefined : bytes
  }

  /** What of the server's bytes passes. */
  toClient(bytes: Buffer): Buffer | undefined {
    const { swallow, isBuffering } = this.#conditions
    if (this.#isSwallowing) return undefined
    const headBytes = this.#readAnswer(bytes)
    if (!swallow || !this.#concerns(swallow.traffic)) {
      return isBuffering && this.#kind !== 'unknown' ? this.#hold(bytes, headBytes) : bytes
    }
    const left = Math.max(0, swallow.afterBytes - this.#answeredBytes)
    this.#answeredBytes += bytes.length - headBytes
    this.#isSwallowing = this.#isHeadAnswered && this.#answeredBytes >= swallow.afterBytes
    return bytes.subarray(0, headBytes + left)
  }

  /** What was held back; to be called at the end of what comes back. */
  release(): Buffer {
    const held = this.#held
    this.#held = Buffer.alloc(0)
    return held
  }

  #concerns(traffic: WebTraffic | undefined): boolean {
    if (traffic === undefined || this.#kind === 'unknown') return false
    return traffic === 'all' || this.#kind === 'websocket'
  }

  #readRequest(bytes: Buffer): void {
    this.#request += bytes.toString('latin1')
    if (this.#request.includes(END_OF_HEAD)) {
      const isHttp = / HTTP\/1\.[01]\r\n/.test(this.#request)
      const isUpgrade = /\r\nupgrade: *websocket\r\n/i.test(this.#request)
      if (isHttp)
        this.#kind = isUpgrade && this.#conditions.portal === undefined ? 'websocket' : 'http'
    }
    if (this.#request.length > MAX_HEAD_BYTES) this.#request = ''
  }

  #answer(page: string): void {
    const { client } = this.#deps
    this.#deps.forsake()
    client.end(
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n' +
        `Content-Length: ${String(Buffer.byteLength(page))}${END_OF_HEAD}${page}`,
    )
  }

  /** How many of these bytes are of the head of the first answer. */
  #readAnswer(bytes: Buffer): number {
    if (this.#isHeadAnswered) return 0
    const end = bytes.indexOf(END_OF_HEAD)
    this.#isHeadAnswered = end >= 0
    return end < 0 ? bytes.length : end + END_OF_HEAD.length
  }

  /** Holds an answer back until it is complete, which what follows a granted upgrade never is. */
  #hold(bytes: Buffer, headBytes: number): Buffer | undefined {
    const passed = this.#kind === 'websocket' ? headBytes : 0
    this.#held = Buffer.concat([this.#held, bytes.subarray(passed)])
    if (passed > 0) return bytes.subarray(0, passed)
    return this.#kind === 'http' && isComplete(this.#held) ? this.release() : undefined
  }
}

function isComplete(answer: Buffer): boolean {
  const end = answer.indexOf(END_OF_HEAD)
  if (end < 0) return false
  const head = answer.toString('latin1', 0, end)
  const bodyBytes = answer.length - end - END_OF_HEAD.length
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return bodyBytes >= Number(length)
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return true
  return answer.subarray(-5).toString('latin1') === '0\r\n\r\n'
}
