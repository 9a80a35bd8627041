import { useSocket } from '@yektayar/vue'
import { onScopeDispose } from 'vue'
import type { ConnectionStatus, ErrorCode } from '../realtimeTypes.js'

/** One change of the connection's status. */
interface StatusChange {
  readonly from: ConnectionStatus
  readonly to: ConnectionStatus
  readonly reason: ErrorCode | null
}

/**
 * Listens to each change of the status. A watcher would get only the last of several changes in one
 * turn of the event loop.
 */
export function useStatusChanges(listener: (change: StatusChange) => void): void {
  const { client } = useSocket()
  let from = client.status
  const stop = client.subscribe(({ status: to, reason }) => {
    const change = { from, to, reason }
    from = to
    if (change.from !== to) listener(change)
  })
  onScopeDispose(stop)
}
