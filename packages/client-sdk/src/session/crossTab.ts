import { isBrowser } from '../shared/platform.js'

/**
 * What tabs tell each other: there is a newer session in storage, it was wiped, or its user is about
 * to sign out. Never a token.
 */
export type TabNews = 'changed' | 'wiped' | 'leaving'

/** What the tabs of one browser share: a lock by Web Locks, and a word by a `BroadcastChannel`. */
export class CrossTab {
  #channel: BroadcastChannel | undefined
  #last: Promise<unknown> = Promise.resolve()

  /**
   * Runs one piece of work at a time, in all tabs where the browser has Web Locks, else in this
   * client. The abort of the signal lets the next one in, whatever the work still does.
   */
  async exclusively<Result>(
    name: string,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const progress = { isStarted: false }
    const run = (): Promise<Result> => {
      progress.isStarted = true
      return untilAborted(signal, work)
    }
    if (isBrowser()) {
      try {
        const { locks } = navigator as { locks?: LockManager } // absent where the page is not secure
        if (locks) return await locks.request(name, { signal }, run)
      } catch (error) {
        if (progress.isStarted || signal.aborted) throw error
        // A sandboxed page has the lock manager, and is refused by it.
      }
    }
    const result = this.#last.then(run)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Listens to the other tabs, to one name at a time. */
  listen(name: string, onNews: (news: unknown) => void): void {
    if (!isBrowser() || this.#channel?.name === name) return
    this.close()
    this.#channel = new BroadcastChannel(name)
    this.#channel.onmessage = ({ data }) => {
      onNews(data)
    }
  }

  /** Tells the other tabs that listen to a name. */
  emit(name: string, news: TabNews): void {
    if (!isBrowser()) return
    const channel = this.#channel?.name === name ? this.#channel : new BroadcastChannel(name)
    channel.postMessage(news)
    if (channel !== this.#channel) channel.close()
  }

  /** Listens no more. */
  close(): void {
    this.#channel?.close()
    this.#channel = undefined
  }
}

async function untilAborted<Result>(
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  return new Promise<Result>((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
    work().then(resolve, reject)
  })
}
