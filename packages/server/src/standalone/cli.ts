import type { YektaYarServer } from '../app/createServer.js'
import { OptionError } from '../shared/optionError.js'
import { timerMs } from '../shared/timerMs.js'
import { loadEnvFile } from './envFile.js'
import { serve } from './serve.js'
import { leaveSignals } from './startSignals.js'

try {
  loadEnvFile('.env', process.env)
  closeOnSignals(await serve(process.env, console.log))
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}

function closeOnSignals(server: YektaYarServer): void {
  const { drainTimeoutMs, closeGraceMs } = server.limits
  const { log } = server.app
  const begunAt = performance.now()
  let isClosing = false
  const close = (signal: NodeJS.Signals): void => {
    if (isClosing) return
    isClosing = true
    const connections = server.io.sockets.sockets.size
    const uptimeSeconds = Math.round((performance.now() - begunAt) / 1_000)
    log.info({ signal, connections, uptimeSeconds }, 'the server closes')
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explain(error))
        process.exit(1)
      },
    )
    // All parts of close() have time limits, so this runs only if something else blocks the exit.
    setTimeout(() => process.exit(1), timerMs(drainTimeoutMs + 3 * closeGraceMs)).unref()
  }
  process.on('SIGINT', close)
  let isAnnounced = false
  process.on('SIGTERM', (signal) => {
    if (isAnnounced) return // npm passes on what a service manager has sent to all
    isAnnounced = true
    log.info({ signal }, 'received a signal to shut down')
    void server.announceClose().then(() => {
      close(signal)
    })
  })
  leaveSignals()
}

function explain(error: unknown): string {
  if (error instanceof OptionError) return error.message
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}: another process uses this port; set PORT to a free one`
  }
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `The server could not start: ${error.message}${cause}`
}
