import type { ConnectionState } from './connectionState.js'
import { waitUntil } from './deadline.js'
import type { Deadline, DeadlineCode } from './deadline.js'
import type { ConnectionStatus } from './status.js'

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
