import { isYektaYarError, YektaYarSocket } from '@yektayar/client'
import type { ConnectionSnapshot, TransportName } from '@yektayar/client'
import type { Visit } from '../visit.js'

type Reason = NonNullable<ConnectionSnapshot['reason']>

/** The result of trying one transport: a connected client, or the reason of the failure. */
export type Attempt = ConnectedAttempt | FailedAttempt

/** The transport works. */
interface ConnectedAttempt {
  readonly transport: TransportName
  readonly client: YektaYarSocket
  readonly durationMs: number
}

/** The transport does not work. */
export interface FailedAttempt {
  readonly transport: TransportName
  readonly client: undefined
  readonly reason: Reason
  readonly durationMs: number
}

/** Connects over one transport only, until the server's welcome or the first failure. */
export async function attemptTransport(visit: Visit, transport: TransportName): Promise<Attempt> {
  const { address, path, basePath, token, timeoutMs } = visit
  const startedAt = performance.now()
  const client = new YektaYarSocket({
    url: address,
    path,
    basePath,
    token,
    transports: [transport],
    connectTimeoutMs: timeoutMs,
    callTimeoutMs: timeoutMs,
  })
  const giveUp = new AbortController()
  let reason: Reason | undefined
  const stop = client.subscribe((snapshot) => {
    if (snapshot.nextRetryAt === null && snapshot.status !== 'stopped') return
    reason ??= snapshot.reason ?? undefined
    giveUp.abort()
  })
  const welcome = new Promise<void>((resolve) => {
    client.once('connected', () => {
      resolve()
    })
  })
  try {
    await client.connect({ signal: giveUp.signal })
    await within(welcome, AbortSignal.any([giveUp.signal, AbortSignal.timeout(timeoutMs)]))
    return { transport, client, durationMs: elapsed(startedAt) }
  } catch (error) {
    await client.disconnect()
    const code = isYektaYarError(error) ? error.code : 'timeout'
    return { transport, client: undefined, reason: reason ?? code, durationMs: elapsed(startedAt) }
  } finally {
    stop()
  }
}

/** Waits for a promise; rejects with the signal's reason if the signal aborts first. */
function within(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error) // both signals abort with an error
    })
    if (signal.aborted) reject(signal.reason as Error)
    promise.then(resolve, reject)
  })
}

function elapsed(startedAt: number): number {
  return Math.round(performance.now() - startedAt)
}
