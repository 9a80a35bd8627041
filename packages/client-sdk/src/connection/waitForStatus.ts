import { waitUntil } from '../shared/deadline.js'
import type { Deadline, DeadlineCode } from '../shared/deadline.js'
import type { ConnectionState } from './connectionState.js'
import type { ConnectionStatus } from './connectionStatus.js'

/**
 * Waits until the connection has a status. A connection that is idle or stopped will not get
 * anywhere by itself, so that ends the wait as `not_connected`.
 */
export async function whenStatus(
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
