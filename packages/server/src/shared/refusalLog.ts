import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from './limits.js'
import { RecentMap } from './recentMap.js'

/** Logs refusals that a stranger can cause at will: the first of a kind, and then at intervals. */
export type RefusalLog = (
  /** What is logged by itself, such as an address. */
  key: string,
  fields: Readonly<Record<string, unknown>>,
  text: string,
  /** @default 'info' */
  level?: 'info' | 'error',
) => void

interface Kind {
  loggedAt: number
  /** Refusals since then. */
  count: number
}

/** Creates the log. Each line says by `count` how many refusals it is about. */
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
