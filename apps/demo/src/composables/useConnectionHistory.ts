import { useSocket } from '@yektayar/vue'
import { shallowReadonly, shallowRef } from 'vue'
import type { ShallowRef } from 'vue'
import { useStatusChanges } from './useStatusChanges.js'

/** A time without a connection that has ended. */
interface Outage {
  readonly lastedMs: number
  /** Whether the session was the same before and after. */
  readonly keptSession: boolean
}

/** The history of a connection since `connect()`. */
export interface ConnectionHistory {
  /** When the current connection was made, in milliseconds since 1970. */
  readonly connectedAt: number | null
  /** How often a connection was lost. */
  readonly losses: number
  /** The outage before the current connection. */
  readonly outage: Outage | null
}

const blank: ConnectionHistory = { connectedAt: null, losses: 0, outage: null }

/** Follows the connection and keeps its history; a snapshot shows only one moment. */
export function useConnectionHistory(): Readonly<ShallowRef<ConnectionHistory>> {
  const { client } = useSocket()
  const history = shallowRef(blank)
  let loss: { readonly at: number; readonly expiresAt: string | null } | null = null

  useStatusChanges(({ from, to }) => {
    const now = Date.now()
    const { losses } = history.value
    const { expiresAt } = client.session
    if (to === 'connected') {
      const outage = loss && {
        lastedMs: now - loss.at,
        keptSession: loss.expiresAt === expiresAt, // sessions hardly ever share a millisecond
      }
      history.value = { connectedAt: now, losses, outage }
      loss = null
    } else if (to === 'connecting') {
      history.value = blank
      loss = null
    } else if (from === 'connected') {
      const isLoss = to !== 'idle' // `idle` means that the app disconnected
      history.value = { connectedAt: null, losses: losses + (isLoss ? 1 : 0), outage: null }
      loss = isLoss ? { at: now, expiresAt } : null
    }
  })
  return shallowReadonly(history)
}
