import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Gauges, Metrics } from '../shared/metrics.js'
import { identity } from '../shared/productTexts.js'
import type { Runtime } from '../shared/runtime.js'
import { watchEventLoop } from './eventLoopDelay.js'
import { processMetrics } from './processMetrics.js'

const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Metrics that Prometheus can read. */
export interface Prometheus extends Metrics {
  readonly contentType: string
  /** All values as text. */
  text(this: void): Promise<string>
  /** Stops measuring the event loop. */
  close(this: void): Promise<void>
}

/**
 * Creates the metrics of one server, in a registry of their own.
 *
 * @param gauges asked for what is looked up at each scrape
 */
export function createPrometheus(gauges: () => Gauges, runtime: Runtime): Prometheus {
  const registry = new Registry()
  const stopWatching = watchEventLoop(registry)
  registerBuildInfo(registry, runtime)
  registerGauges(registry, gauges)
  const ofProcess = processMetrics()

  return {
    ...countEvents(registry),
    contentType: registry.contentType,
    text: async () => `${await registry.metrics()}\n${await ofProcess.metrics()}`,
    close() {
      stopWatching()
      return Promise.resolve()
    },
  }
}

function countEvents(registry: Registry): Metrics {
  const registers = [registry]
  const counterOf = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const histogramOf = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Histogram({ name, help, labelNames, buckets: LATENCY_BUCKETS, registers })

  const commands = counterOf(
    'yektayar_commands_total',
    'Answered commands and items of outboxes by outcome: ok, repeated, or the code of the error',
    ['command', 'outcome'],
  )
  const durations = histogramOf(
    'yektayar_command_duration_seconds',
    'Time from the arrival of a command to its answer',
    ['command'],
  )
  const commits = histogramOf(
    'yektayar_commit_duration_seconds',
    'Time of a transaction, with the wait for locks and handlers in it; outcome is ok or failed',
    ['outcome'],
  )
  const refusals = counterOf('yektayar_refused_total', 'What a limit refused, by its name', [
    'limit',
  ])
  const refusedConnections = counterOf(
    'yektayar_refused_connections_total',
    'Handshakes that were refused, by code',
    ['code'],
  )
  const disconnects = counterOf(
    'yektayar_disconnects_total',
    'Admitted connections that closed, by the reason of Socket.IO',
    ['reason'],
  )
  const failedSignIns = counterOf(
    'yektayar_failed_sign_ins_total',
    'Sign-ins that failed, by code; unauthorized is wrong credentials',
    ['code'],
  )
  const messages = counterOf(
    'yektayar_messages_total',
    'Messages that this process has committed to rooms',
  )
  return {
    answered(command = 'unknown', outcome, startedAt) {
      commands.inc({ command, outcome })
      durations.observe({ command }, secondsSince(startedAt))
    },
    refused(limit) {
      refusals.inc({ limit })
    },
    committed(isCommitted, startedAt) {
      commits.observe({ outcome: isCommitted ? 'ok' : 'failed' }, secondsSince(startedAt))
    },
    appended(count) {
      messages.inc(count)
    },
    connectionRefused(code) {
      refusedConnections.inc({ code })
    },
    disconnected(reason) {
      disconnects.inc({ reason: reason.replaceAll(' ', '_') })
    },
    signInFailed(code) {
      failedSignIns.inc({ code })
    },
  }
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000
}

function registerBuildInfo(registry: Registry, { name, version }: Runtime): void {
  new Gauge({
    name: 'yektayar_build_info',
    help: 'Always 1; the labels say what runs',
    labelNames: ['version', 'runtime', 'runtime_version'],
    registers: [registry],
  }).set({ version: identity.version, runtime: name, runtime_version: version }, 1)
}

function registerGauges(registry: Registry, gauges: () => Gauges): void {
  const count = (name: string, help: string, source: 'hintsSent' | 'hintsHeard'): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(gauges()[source]())
      },
    })
  }
  const add = (name: string, help: string, source: keyof Gauges): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await gauges()[source]())
      },
    })
  }
  add('yektayar_connections', 'Admitted connections', 'connections')
  add('yektayar_live_sessions', 'Sessions with connections here', 'sessions')
  add('yektayar_rooms', 'Rooms that connections here are in', 'rooms')
  add('yektayar_pending_commits', 'Writes that wait for the end of a transaction', 'pendingCommits')
  add('yektayar_store_bytes', 'Bytes that the store holds', 'storeBytes')
  add('yektayar_store_max_bytes', 'Bytes that the store may hold', 'maxStoreBytes')
  add('yektayar_store_wal_bytes', 'Bytes of the write-ahead log of the store', 'walBytes')
  add('yektayar_store_up', '1 while the store answers', 'storeUp')
  add(
    'yektayar_store_silent_seconds',
    'Time for which the store has not answered; on PostgreSQL up to 1 s is usual',
    'storeSilentSeconds',
  )
  add('yektayar_fenced', '1 while nothing is served, since the store is out of reach', 'fenced')
  add('yektayar_leader', '1 in the process that removes expired data', 'leader')
  add('yektayar_bus_up', '1 while this process hears what other processes write', 'busUp')
  add(
    'yektayar_bus_heard_age_seconds',
    'Time since something was heard by NOTIFY; own pings come each second',
    'busHeardAgoSeconds',
  )
  count('yektayar_hints_sent_total', 'Hints to other processes of what was written', 'hintsSent')
  count('yektayar_hints_heard_total', 'Hints of other processes that were heard', 'hintsHeard')
}
