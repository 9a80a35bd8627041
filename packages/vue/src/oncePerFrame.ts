/** How long to wait for a frame, in milliseconds: a hidden page gets none. */
const LONGEST_WAIT_MS = 250

/** Where a fake client finds what waits for a frame: its tests need no time, not even that. */
const WAITING = Symbol.for('yektayar.waitingForFrame')

/** Runs some work at most once per frame, however often it is asked for. */
export interface FrameWork {
  /** Asks for it: it runs with the next frame. */
  request(this: void): void
  /** Runs it now, in place of the next frame. */
  flush(this: void): void
  /** Drops what was asked for. */
  cancel(this: void): void
}

/**
 * Makes work run at most once per frame. Where no frame comes, as in a hidden page, a timer runs it;
 * where there are no frames at all, it runs at once.
 */
export function oncePerFrame(work: () => void): FrameWork {
  let stop: (() => void) | undefined
  const cancel = (): void => {
    stop?.()
    stop = undefined
  }
  const flush = (): void => {
    cancel()
    work()
  }
  const request = (): void => {
    if (stop) return
    if (typeof requestAnimationFrame !== 'function') {
      work()
      return
    }
    const frame = requestAnimationFrame(flush)
    const timer = setTimeout(flush, LONGEST_WAIT_MS)
    const waiting = waitingForFrame()
    waiting.add(flush)
    stop = () => {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
      waiting.delete(flush)
    }
  }
  return { request, flush, cancel }
}

function waitingForFrame(): Set<() => void> {
  const shared = globalThis as { [WAITING]?: Set<() => void> | undefined }
  shared[WAITING] ??= new Set()
  return shared[WAITING]
}
