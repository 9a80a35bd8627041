import { startDeadline, waitUntil } from '../shared/deadline.js'
import type { Deadline, DeadlineCode } from '../shared/deadline.js'
import type { CallOptions } from '../shared/options.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { ConnectionState } from './connectionState.js'
import type { ConnectionStatus } from './connectionStatus.js'

/**
 * Waits until the connection has a status. One that is idle or stopped does not change by itself, so
 * the wait then ends as `not_connected`.
 *
 * @param toError gets why it is not connected as well, where something has failed
 */
export async function waitForStatus(
  state: ConnectionState,
  wanted: ConnectionStatus,
  deadline: Deadline,
  toError: (code: DeadlineCode | 'not_connected', cause?: YektaYarError) => Error,
): Promise<void> {
  const fail = (code: DeadlineCode | 'not_connected'): Error =>
    toError(code, state.snapshot.error ?? undefined)
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
}

/** What has failed, as the end of a message. */
function because(cause: YektaYarError | undefined): string {
  return cause ? `: ${cause.message}` : ''
}

/**
 * The same, within the caller's timeout and signal.
 *
 * @throws {YektaYarError} `timeout`, `aborted`, `not_connected` when idle, or the reason of a stop
 */
export async function reachStatus(
  state: ConnectionState,
  status: ConnectionStatus,
  { timeoutMs, signal }: CallOptions,
): Promise<void> {
  const deadline = startDeadline(timeoutMs, signal)
  try {
    await waitForStatus(state, status, deadline, (code, cause) => {
      if (code === 'not_connected' && cause) return cause
      const hint = code === 'timeout' ? 'Attempts go on' : undefined
      return new YektaYarError(code, `Not ${status}${because(cause)}`, { hint, cause })
    })
  } finally {
    deadline.end()
  }
}
