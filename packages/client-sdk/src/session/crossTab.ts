import { throwIfAborted } from '../shared/abortController.js'
import { FACILITY_TIMEOUT_MS } from '../shared/limits.js'
import { facility, isBrowser } from '../shared/platform.js'
import { withDeadline } from '../shared/withDeadline.js'

/**
 * The messages between tabs: a newer session is in the storage, it was wiped, or its user is about
 * to sign out. They never contain a token.
 */
export type TabNews = 'changed' | 'wiped' | 'leaving'

/** Coordinates the tabs of one browser, by Web Locks and a `BroadcastChannel`. */
export class CrossTab {
  #channel: BroadcastChannel | undefined
  #last: Promise<unknown> = Promise.resolve()
  #isLockless = false

  /**
   * Runs one piece of work at a time: across all tabs if the browser has Web Locks, otherwise within
   * this client. Aborting the signal lets the next work start, even if this one still runs.
   */
  async exclusively<Result>(
    name: string,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const run = () => untilAborted(signal, work)
    const release = await this.#lock(name, signal)
    if (release) return run().finally(release)
    const result = this.#last.then(run)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Listens to the other tabs; only to one name at a time. */
  listen(name: string, onNews: (news: unknown) => void): void {
    if (!isBrowser() || this.#channel?.name === name) return
    this.close()
    this.#channel = facility(() => {
      const channel = new BroadcastChannel(name)
      channel.onmessage = ({ data }) => {
        onNews(data)
      }
      return channel
    })
  }

  /** Sends a message to the other tabs that listen to a name. */
  emit(name: string, news: TabNews): void {
    if (!isBrowser()) return
    facility(() => {
      const channel = this.#channel?.name === name ? this.#channel : new BroadcastChannel(name)
      channel.postMessage(news)
      if (channel !== this.#channel) channel.close()
    })
  }

  /** Stops listening. */
  close(): void {
    facility(() => this.#channel?.close())
    this.#channel = undefined
  }

  /** Waits for the lock that all tabs share; what it resolves with gives it back. */
  async #lock(name: string, signal: AbortSignal): Promise<(() => void) | undefined> {
    if (!isBrowser() || this.#isLockless) return undefined
    try {
      // This request is answered at once, also while another tab holds the lock.
      const limits = { timeoutMs: FACILITY_TIMEOUT_MS, signal }
      const release = await withDeadline(name, limits, (signal) =>
        requestLock(name, { ifAvailable: true }, signal),
      )
      return release ?? (await requestLock(name, { signal }, signal))
    } catch (error) {
      if (signal.aborted) throw error
      this.#isLockless = true // absent, refused as in a sandboxed page, or without an answer
      return undefined
    }
  }
}

/** Resolves with what gives the lock back, or with nothing where it is not available. */
function requestLock(
  name: string,
  options: LockOptions,
  signal: AbortSignal,
): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(name, options, async (lock) => {
      if (!lock || signal.aborted) {
        resolve(undefined)
        return
      }
      await new Promise<void>((release) => {
        signal.addEventListener('abort', () => {
          release()
        })
        resolve(release)
      })
    })
    held.catch(reject)
  })
}

async function untilAborted<Result>(
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  throwIfAborted(signal)
  return new Promise<Result>((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
    work().then(resolve, reject)
  })
}
