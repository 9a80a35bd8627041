import type { Unsubscribe } from '../shared/emitter.js'
import { checkWait } from '../shared/invalidOption.js'
import { STREAM_MAX_EVENTS } from '../shared/limits.js'
import { YektaYarError } from '../shared/yektaYarError.js'

/**
 * Turns a subscription into an async iterator. It subscribes immediately, and unsubscribes when the
 * loop is left or the signal aborts. An aborted signal ends the loop without an error.
 *
 * @throws {YektaYarError} `invalid_options` for no signal; `buffer_overflow` from the loop, when its body
 * was 1,000 payloads behind
 */
export function eventStream<Payload>(
  subscribe: (listener: (payload: Payload) => void) => Unsubscribe,
  signal?: AbortSignal,
): AsyncIterableIterator<Payload> {
  checkWait(undefined, signal)
  const buffer: Payload[] = []
  let failure: YektaYarError | undefined
  let isDone = false
  let notify: (() => void) | undefined

  const finish = (): void => {
    isDone = true
    unsubscribe()
    signal?.removeEventListener('abort', finish)
    notify?.()
  }
  const unsubscribe = subscribe((payload) => {
    if (buffer.length < STREAM_MAX_EVENTS) {
      buffer.push(payload)
      notify?.()
      return
    }
    failure = new YektaYarError('buffer_overflow', 'The reader is too slow')
    finish()
  })
  signal?.addEventListener('abort', finish)
  if (signal?.aborted) finish()

  async function* read(): AsyncGenerator<Payload, void> {
    try {
      for (;;) {
        while (buffer.length > 0) yield buffer.shift() as Payload // the length was checked
        if (failure) throw failure
        if (isDone) return
        await new Promise<void>((resolve) => {
          notify = resolve
        })
      }
    } finally {
      finish()
    }
  }

  const iterator = read()
  const leave = iterator.return.bind(iterator)
  iterator.return = () => {
    finish() // a generator that was never started would not run its `finally`
    return leave()
  }
  return iterator
}
