import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from './limits.js'
import { RecentMap } from './recentMap.js'
import { timerMs } from './timerMs.js'

/** How many kinds get a line of their own when those that were counted are logged. */
const MAX_LINES = 100

/** Logs refusals, which strangers can cause at will: the first of each kind, then at intervals. */
export interface RefusalLog {
  (
    /** The kind of refusal that is logged separately, such as a limit with an address. */
    key: string,
    fields: Readonly<Record<string, unknown>>,
    text: string,
    /** @default 'info' */
    level?: 'info' | 'error',
  ): void
  /** Logs what was counted, and stops the timer. */
  close(this: void): void
}

interface Kind {
  loggedAt: number
  /** Refusals since the last log line. */
  count: number
  /** Logs a line with the count. */
  write(count: number): void
}

/**
 * Creates the log. The `count` of each line is the number of refusals since the last one; it is logged
 * one interval later at the latest.
 */
export function createRefusalLog(
  log: FastifyBaseLogger,
  { refusalLogIntervalMs, maxCounted }: Limits,
): RefusalLog {
  const kinds = new RecentMap<string, Kind>(maxCounted)
  /** Those with refusals since their last line. */
  let counted = new Set<Kind>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const write = (kind: Kind): void => {
    kind.write(kind.count)
    kind.loggedAt = performance.now()
    kind.count = 0
    counted.delete(kind)
  }
  const writeAll = (): void => {
    clearTimeout(timer)
    timer = undefined
    const waiting = [...counted]
    for (const kind of waiting.slice(0, MAX_LINES)) write(kind)
    counted = new Set()
    const rest = waiting.slice(MAX_LINES)
    if (rest.length === 0) return
    const count = rest.reduce((sum, kind) => sum + kind.count, 0)
    for (const kind of rest) kind.count = 0
    log.info({ kinds: rest.length, count }, 'refusals of many kinds')
  }
  const logRefusal = (
    key: string,
    fields: Readonly<Record<string, unknown>>,
    text: string,
    level: 'info' | 'error' = 'info',
  ): void => {
    const kind = kinds.get(key) ?? { loggedAt: -Infinity, count: 0, write: () => undefined }
    kinds.set(key, kind)
    kind.count++
    kind.write = (count) => {
      log[level]({ ...fields, count }, text)
    }
    if (performance.now() - kind.loggedAt >= refusalLogIntervalMs) {
      write(kind)
      return
    }
    if (counted.size < maxCounted) counted.add(kind)
    if (!isClosed) timer ??= setTimeout(writeAll, timerMs(refusalLogIntervalMs)).unref()
  }
  const close = (): void => {
    isClosed = true
    writeAll()
  }
  return Object.assign(logRefusal, { close })
}
