import { startDeadline, waitUntil } from '../shared/deadline.js'
import type { DeadlineCode } from '../shared/deadline.js'
import type { CallOptions } from '../shared/options.js'
import { wrongUse } from '../shared/requireType.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { ConnectionState } from './connectionState.js'
import { statuses } from './connectionStatus.js'
import type { ConnectionStatus } from './connectionStatus.js'

/**
 * Waits until the connection has a status. One that is idle or stopped does not change by itself, so
 * the wait then ends as `not_connected`, or with the reason of the stop.
 *
 * @throws {YektaYarError} `timeout`, `aborted`, `not_connected` when idle, or the reason of a stop
 */
export async function waitForStatus(
  state: ConnectionState,
  wanted: ConnectionStatus,
  { timeoutMs, signal }: CallOptions,
): Promise<void> {
  if (!statuses.includes(wanted)) throw wrongUse(`The status must be ${statuses.join(', ')}`)
  const deadline = startDeadline(timeoutMs, signal)
  const fail = (code: DeadlineCode | 'not_connected'): YektaYarError => {
    const cause = state.snapshot.error ?? undefined
    if (code === 'not_connected' && cause) return cause
    const hint = code === 'timeout' ? 'Attempts go on' : undefined
    const because = cause ? `: ${cause.message}` : ''
    return new YektaYarError(code, `Not ${wanted}${because}`, { hint, cause })
  }
  try {
    await waitUntil<undefined>(
      deadline,
      (resolve, reject) => {
        const look = (): void => {
          const { status } = state
          if (status === wanted) resolve(undefined)
          else if (status === 'idle' || status === 'stopped') reject(fail('not_connected'))
        }
        const stop = state.onChange(look)
        look()
        return stop
      },
      fail,
    )
  } finally {
    deadline.end()
  }
}
