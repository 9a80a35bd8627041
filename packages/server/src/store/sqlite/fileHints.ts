import type { FastifyBaseLogger } from 'fastify'
import { timerMs } from '../../shared/timerMs.js'
import type { RightsChange, StoreNews } from '../store.js'
import type { NewsReader } from './commitNews.js'

/** Notices commits of other processes to the same SQLite file. */
export interface FileHints {
  onNews(this: void, listener: (news: StoreNews) => Promise<void>): void
  /** Looks now; resolves once what is new was told. */
  look(this: void): Promise<void>
  close(this: void): void
}

/** Polls the version number that SQLite changes with each commit of another connection. */
export function createFileHints(
  { readVersion, reader }: { readVersion: () => Promise<number>; reader: NewsReader },
  intervalMs: number,
  log: FastifyBaseLogger,
): FileHints {
  const listeners = new Set<(news: StoreNews) => Promise<void>>()
  let known: number | undefined
  /** Changes of rights that a listener has failed to apply; they are passed to it again. */
  let unapplied: readonly RightsChange[] = []
  /** The look that is under way, and the one that waits for its end. */
  let current: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function lookOnce(): Promise<void> {
    const version = await readVersion()
    if (version === known) return
    const { rights, ...news } = await reader.read()
    if (known !== undefined) {
      unapplied = [...unapplied, ...rights]
      const told = { ...news, rights: unapplied }
      await Promise.all([...listeners].map((listener) => listener(told)))
      unapplied = []
    }
    known = version
  }

  function start(): Promise<void> {
    next = undefined
    current = lookOnce().finally(() => {
      current = undefined
    })
    return current
  }

  const lookAgain = (): void => {
    if (current) return
    start().catch((error: unknown) => {
      log.debug({ err: error }, 'could not look for what other processes have written')
    })
  }
  lookAgain() // before anything else is read, so that no later commit is missed
  const timer = setInterval(lookAgain, timerMs(intervalMs))
  timer.unref()

  return {
    onNews(listener) {
      listeners.add(listener)
    },
    look() {
      if (!current) return start()
      next ??= current.catch(() => undefined).then(start)
      return next
    },
    close() {
      clearInterval(timer)
    },
  }
}
