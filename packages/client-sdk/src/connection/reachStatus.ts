import { startDeadline } from '../shared/deadline.js'
import type { CallOptions } from '../shared/options.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { Connection } from './connection.js'
import type { ConnectionStatus } from './connectionStatus.js'
import { whenStatus } from './waitForStatus.js'

/**
 * Waits until the connection has a status, within the time that the caller gives it.
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
    await whenStatus(connection.state, status, deadline, (code) => {
      if (code === 'not_connected' && connection.failure) return connection.failure
      const hint = code === 'timeout' ? 'Attempts go on' : undefined
      return new YektaYarError(code, `Not ${status}`, { hint, cause: connection.lastError })
    })
  } finally {
    deadline.end()
  }
}
