import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from './limits.js'
import { RecentMap } from './recentMap.js'

/** Logs refusals, which strangers can cause at will: the first of each kind, then at intervals. */
export type RefusalLog = (
  /** The kind of refusal that is logged separately, such as a limit with an address. */
  key: string,
  fields: Readonly<Record<string, unknown>>,
  text: string,
  /** @default 'info' */
  level?: 'info' | 'error',
) => void

interface Kind {
  loggedAt: number
  /** Refusals since the last log line. */
  count: number
}

/** Creates the log. The `count` of each line is the number of refusals since the last one. */
export function createRefusalLog(
  log: FastifyBaseLogger,
  { refusalLogIntervalMs, maxCounted }: Limits,
): RefusalLog {
  const kinds = new RecentMap<string, Kind>(maxCounted)
  return (key, fields, text, level = 'info') => {
    const now = performance.now()
    let kind = kinds.get(key)
    if (!kind) {
      kind = { loggedAt: -Infinity, count: 0 }
      kinds.set(key, kind)
    }
    kind.count++
    if (now - kind.loggedAt < refusalLogIntervalMs) return
    log[level]({ ...fields, count: kind.count }, text)
    kind.loggedAt = now
    kind.count = 0
  }
}
