import { startDeadline, waitUntil } from '../shared/deadline.js'
import type { Deadline, DeadlineCode } from '../shared/deadline.js'
import type { CallOptions } from '../shared/options.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { Connection } from './connection.js'
import type { ConnectionState } from './connectionState.js'
import type { ConnectionStatus } from './connectionStatus.js'

/**
 * Waits until the connection has a status. One that is idle or stopped does not change by itself, so
 * the wait then ends as `not_connected`.
 */
export async function waitForStatus(
  state: ConnectionState,
  wanted: ConnectionStatus,
  deadline: Deadline,
  toError: (code: DeadlineCode | 'not_connected') => Error,
): Promise<void> {
  await waitUntil<undefined>(
    deadline,
    (resolve, reject) => {
      const look = (): void => {
        const { status } = state
        if (status === wanted) resolve(undefined)
        else if (status === 'idle' || status === 'stopped') reject(toError('not_connected'))
      }
      const stop = state.onChange(look)
      look()
      return stop
    },
    toError,
  )
}

/**
 * The same within the time that a caller gives it.
 *
 * @throws {YektaYarError} `timeout`, `aborted`; `not_connected` when it is idle instead, or why it stopped
 */
export async function reachStatus(
  connection: Connection,
  status: ConnectionStatus,
  { timeoutMs, signal }: CallOptions,
): Promise<void> {
  const deadline = startDeadline(timeoutMs, signal)
  try {
    await waitForStatus(connection.state, status, deadline, (code) => {
      if (code === 'not_connected' && connection.failure) return connection.failure
      const hint = code === 'timeout' ? 'Attempts go on' : undefined
      return new YektaYarError(code, `Not ${status}`, { hint, cause: connection.lastError })
    })
  } finally {
    deadline.end()
  }
}
