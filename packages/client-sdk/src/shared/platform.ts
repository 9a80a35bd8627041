/** A facility of the platform; `undefined` where it is absent, or refused to this page. */
export function facility<Value>(use: () => Value): Value | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}

/** Whether this is a page in a browser, which shares its origin with other tabs. */
export function isBrowser(): boolean {
  return facility(() => typeof document !== 'undefined') === true
}

/** The platform's `fetch`, or one that fails. */
export function platformFetch(): typeof globalThis.fetch {
  return facility(() => globalThis.fetch) ?? missingFetch
}

function missingFetch(): Promise<never> {
  return Promise.reject(Object.assign(new Error(), { code: 'NO_FETCH' }))
}

/** Milliseconds of a clock that does not jump, or of the one that there is. */
export function now(): number {
  try {
    return performance.now()
  } catch {
    return Date.now()
  }
}

/** Lets Node end although a timer runs. Timers of other platforms are numbers, or know nothing of this. */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  facility(() => timer.unref())
}

/** Does something once the running code is done; it must not throw. */
export function afterThis(work: () => void): void {
  void Promise.resolve().then(work)
}

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return facility(() => new TextEncoder().encode(text).length) ?? lengthInUtf8(text)
}

/** Each half of a surrogate pair counts as two: JSON has no lone one. */
function lengthInUtf8(text: string): number {
  const narrow = text.replace(/[\u0080-\u07FF\uD800-\uDFFF]/g, '**')
  return narrow.replace(/[\u0800-\uFFFF]/g, '***').length
}

const ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'

/** Characters of 6 random bits. They tell things apart and guard nothing, so that any source will do. */
export function randomId(length: number): string {
  const bytes = new Uint8Array(length)
  // `crypto.randomUUID` is not there in a page that is not secure.
  if (facility(() => crypto.getRandomValues(bytes)) !== bytes) {
    bytes.forEach((_, index) => {
      bytes[index] = Math.random() * 256
    })
  }
  return Array.from(bytes, (byte) => ID_CHARACTERS[byte % 64]).join('')
}
