import { Histogram } from 'prom-client'
import type { Registry } from 'prom-client'

/** How often the loop is looked at. */
const INTERVAL_MS = 20

const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Observes how late the event loop is. A histogram that only grows, so that several readers see the
 * same and no scrape takes anything away. Returns the function that stops it.
 */
export function watchEventLoop(registry: Registry): () => void {
  const delays = new Histogram({
    name: 'yektayar_event_loop_delay_seconds',
    help: 'How late the event loop was, looked at every 20 ms',
    buckets: BUCKETS,
    registers: [registry],
  })
  let dueAt = performance.now() + INTERVAL_MS
  const timer = setInterval(() => {
    const now = performance.now()
    delays.observe(Math.max(0, now - dueAt) / 1_000)
    dueAt = now + INTERVAL_MS
  }, INTERVAL_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}
