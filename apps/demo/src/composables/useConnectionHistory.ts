import { useSocket } from '@yektayar/vue'
import { onScopeDispose, shallowReadonly, shallowRef } from 'vue'
import type { ShallowRef } from 'vue'

/** What a connection has been through since the page was opened or `connect()` was pressed. */
export interface ConnectionHistory {
  /** When the present connection was made, in milliseconds since 1970. */
  readonly connectedAt: number | null
  /** How often a connection was lost. */
  readonly losses: number
  /** How long the newest loss lasted, in milliseconds, once it is over. */
  readonly outageMs: number | null
}

const blank: ConnectionHistory = { connectedAt: null, losses: 0, outageMs: null }

/** Follows the connection and keeps what its snapshot, which is of one moment, does not. */
export function useConnectionHistory(): Readonly<ShallowRef<ConnectionHistory>> {
  const { client } = useSocket()
  const history = shallowRef(blank)
  let lostAt: number | null = null

  const stop = client.onStatus(({ from, to }) => {
    if (from === to) return
    const now = Date.now()
    const { losses } = history.value
    if (to === 'connected') {
      const outageMs = lostAt === null ? null : now - lostAt
      history.value = { connectedAt: now, losses, outageMs }
      lostAt = null
    } else if (to === 'idle' || to === 'stopped') {
      history.value = blank
      lostAt = null
    } else if (from === 'connected') {
      history.value = { connectedAt: null, losses: losses + 1, outageMs: null }
      lostAt = now
    }
  })
  onScopeDispose(stop)
  return shallowReadonly(history)
}
