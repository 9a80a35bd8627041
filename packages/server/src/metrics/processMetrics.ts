import { collectDefaultMetrics, Registry } from 'prom-client'

/** The longest that a timer takes; our own histogram watches the event loop. */
const NEVER_MS = 2 ** 31 - 1

let registry: Registry | undefined

/**
 * Prometheus' usual metrics of a process: CPU, memory, file descriptors, garbage collection. All
 * servers of a process share them, since prom-client's observers cannot be removed.
 */
export function processMetrics(): Registry {
  if (registry) return registry
  registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS })
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('nodejs_eventloop_lag_')) registry.removeSingleMetric(name)
  }
  return registry
}
