import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Metrics } from '../shared/metrics.js'

/** How often the event loop's delay is looked at; the loop is as late as it is beyond that. */
const RESOLUTION_MS = 10

const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** What is looked up when somebody asks. */
export interface PrometheusSources {
  /** Connections that are admitted. */
  connections(this: void): number
  /** Sessions that have such connections. */
  sessions(this: void): number
  /** The size of the store. */
  storeBytes(this: void): number
}

/** Metrics that Prometheus can read. */
export interface Prometheus extends Metrics {
  readonly contentType: string
  /** All values as text. */
  text(this: void): Promise<string>
  /** Stops to look at the event loop. */
  close(this: void): Promise<void>
}

/** Creates the metrics of one server, in a registry of their own. */
export function createPrometheus({
  connections,
  sessions,
  storeBytes,
}: PrometheusSources): Prometheus {
  const registry = new Registry()
  const registers = [registry]
  const commands = new Counter({
    name: 'yektayar_commands_total',
    help: 'Answered commands by outcome: ok, or the code of the error',
    labelNames: ['command', 'outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'yektayar_command_duration_seconds',
    help: 'Time from a command to its answer',
    labelNames: ['command'],
    buckets: LATENCY_BUCKETS,
    registers,
  })
  const refusals = new Counter({
    name: 'yektayar_refused_total',
    help: 'What a limit refused, by its name',
    labelNames: ['limit'],
    registers,
  })
  gaugeOf('yektayar_connections', 'Admitted connections', connections, registry)
  gaugeOf('yektayar_live_sessions', 'Sessions with connections here', sessions, registry)
  gaugeOf('yektayar_store_bytes', 'Bytes that the store holds', storeBytes, registry)
  const close = watchEventLoop(registry)

  return {
    answered(command = 'unknown', outcome, startedAt) {
      commands.inc({ command, outcome })
      durations.observe({ command }, (performance.now() - startedAt) / 1_000)
    },
    refused(limit) {
      refusals.inc({ limit })
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
    close,
  }
}

function gaugeOf(name: string, help: string, value: () => number, registry: Registry): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value())
    },
  })
}

/** Reports how late the event loop was since it was last asked. Returns the function that stops it. */
function watchEventLoop(registry: Registry): () => Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  new Gauge({
    name: 'yektayar_event_loop_delay_seconds',
    help: 'How late the event loop was since the last scrape',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const quantile of [0.5, 0.99, 1]) {
        const ms = delay.percentile(quantile * 100) / 1e6
        this.set({ quantile: String(quantile) }, Math.max(0, ms - RESOLUTION_MS) / 1_000)
      }
      delay.reset()
    },
  })
  return () => {
    delay.disable()
    return Promise.resolve()
  }
}
