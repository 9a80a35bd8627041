import { textAt } from './fieldAt.js'
import type { Answer } from './request.js'

/** How far a clock on the way is from the local one. */
export interface ClockReading {
  /** Where the time was read. */
  readonly source: 'timestamp' | 'Date header'
  /** That clock minus the local one; 0 when the round trip explains the difference. */
  readonly skewMs: number
}

/** Below this, nothing that the platform does is disturbed. */
export const CLOCK_TOLERANCE_MS = 30_000

const DATE_HEADER_RESOLUTION_MS = 1_000

/**
 * Reads the server's clock from an answer: from the body's `timestamp`, and from the `Date` header,
 * which a proxy may have written. Returns the reading that is furthest off.
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

/** The server read its clock between sending and receiving, and rounded down to the resolution. */
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
