import { storeTime } from './storeTime.js'

const DAY_MS = 24 * 60 * 60_000

/** How long sessions last. */
export interface SessionTimes {
  /** Lifetime of a session from its start, its last renewal or sign-in, in days. */
  sessionTtlDays: number
  /** Days without a connection or call after which a session ends; 0 for never. */
  sessionIdleDays: number
}

/** At which moment a query looks, and since when a session must have been in use to count. */
export interface Moment {
  readonly now: number
  readonly activeSince: number
}

/** Looks at the time for everything that asks whether a session is valid. */
export interface SessionClock {
  /** @param now the time to look at. @default the present */
  moment(this: void, now?: number): Moment
  /** When a session ends that begins or goes on now. */
  endOfLife(this: void, now: number): number
}

/**
 * Creates the clock of the sessions.
 *
 * @param present the time by which the store decides
 */
export function createSessionClock(
  { sessionTtlDays, sessionIdleDays }: SessionTimes,
  present: () => number = storeTime,
): SessionClock {
  const idleMs = sessionIdleDays === 0 ? Infinity : sessionIdleDays * DAY_MS
  return {
    moment(now = present()) {
      return { now, activeSince: Math.max(0, now - idleMs) }
    },
    endOfLife: (now) => now + sessionTtlDays * DAY_MS,
  }
}
