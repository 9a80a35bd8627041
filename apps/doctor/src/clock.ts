import { textAt } from './fieldAt.js'
import type { Answer } from './request.js'

/** The difference between a remote clock and the local one. */
export interface ClockReading {
  /** Where the time comes from. */
  readonly source: 'timestamp' | 'Date header'
  /** That clock minus the local one; 0 when the round trip explains the difference. */
  readonly skewMs: number
}

/** A difference below this does not affect the platform. */
export const CLOCK_TOLERANCE_MS = 30_000

const DATE_HEADER_RESOLUTION_MS = 1_000

/**
 * Reads the server's clock from an answer: from the body's `timestamp`, and from the `Date` header,
 * which a proxy may have written. Returns the reading with the largest difference.
 */
export function readClock(answer: Answer): ClockReading | undefined {
  const { headers, json } = answer
  const isCached = headers.has('age')
  const readings = [
    readAt(answer, 'timestamp', textAt(json, 'timestamp'), 1),
    readAt(
      answer,
      'Date header',
      isCached ? undefined : headers.get('date'),
      DATE_HEADER_RESOLUTION_MS,
    ),
  ].filter((reading) => reading !== undefined)
  return readings.sort((a, b) => Math.abs(b.skewMs) - Math.abs(a.skewMs))[0]
}

/** Compares a time that the server read between `sentAt` and `receivedAt`, and rounded down. */
function readAt(
  { sentAt, receivedAt }: Answer,
  source: ClockReading['source'],
  text: string | null | undefined,
  resolutionMs: number,
): ClockReading | undefined {
  const time = Date.parse(text ?? '')
  if (Number.isNaN(time)) return undefined
  const isAhead = time > receivedAt
  const isBehind = time + resolutionMs < sentAt
  const skewMs = isAhead ? time - receivedAt : isBehind ? time + resolutionMs - sentAt : 0
  return { source, skewMs }
}

/** A span of time in the largest unit that fits: `45 s`, `3 min`, `2.5 h`, `10 d`. */
export function describeSpan(ms: number): string {
  const seconds = Math.abs(ms) / 1_000
  if (seconds < 120) return `${String(Math.round(seconds))} s`
  if (seconds < 7_200) return `${String(Math.round(seconds / 60))} min`
  if (seconds < 172_800) return `${String(Math.round(seconds / 360) / 10)} h`
  return `${String(Math.round(seconds / 86_400))} d`
}
