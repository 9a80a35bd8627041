import { storeTime } from './storeTime.js'

const DAY_MS = 24 * 60 * 60_000

/** How long sessions last. */
export interface SessionTimes {
  /** Lifetime of a session from its start, its last renewal or sign-in, in days. */
  sessionTtlDays: number
  /** A session ends after this many days without a connection or call; 0 for never. */
  sessionIdleDays: number
}

/** The time of a query, and since when a session must have been in use to be valid. */
export interface Moment {
  readonly now: number
  readonly activeSince: number
}

/** The times by which sessions are valid or expired. */
export interface SessionClock {
  /** @param now the time of the query. @default the present */
  moment(this: void, now?: number): Moment
  /** When a session expires that starts or is renewed now. */
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
  const idleMs = idleMsOf(sessionIdleDays)
  return {
    moment(now = present()) {
      return { now, activeSince: Math.max(0, now - idleMs) }
    },
    endOfLife: (now) => now + sessionTtlDays * DAY_MS,
  }
}

/** How long a session may be idle; 0 days are no limit. */
export function idleMsOf(sessionIdleDays: number): number {
  return sessionIdleDays === 0 ? Infinity : sessionIdleDays * DAY_MS
}
