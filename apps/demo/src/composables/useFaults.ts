import { useSession, useSocket } from '@yektayar/vue'
import { shallowReadonly, shallowRef, watch } from 'vue'
import type { ShallowRef } from 'vue'
import type { CommandError, ErrorCode } from '../realtimeTypes.js'
import { usePausedReading } from './usePausedReading.js'
import { useSessionList } from './useSessionList.js'

/** The result of the newest fault: the key of its text, or an error code. */
type FaultReport =
  | 'cut.done'
  | 'cut.back'
  | 'cut.impossible'
  | 'deaf.started'
  | 'deaf.done'
  | 'deaf.impossible'
  | 'end.done'
  | { readonly code: ErrorCode }

/** What `useFaults` returns. */
export interface UseFaultsReturn {
  readonly report: Readonly<ShallowRef<FaultReport | null>>
  /** Whether the page currently drops everything that arrives. */
  readonly isDeaf: Readonly<ShallowRef<boolean>>
  readonly isEnding: Readonly<ShallowRef<boolean>>
  /** Closes the transport under the connection. */
  cut(this: void): void
  /** Drops everything that arrives for a while, or reads again. */
  toggleReading(this: void): void
  /** Ends the session the way another device would. */
  endSession(this: void): Promise<void>
}

/** Causes the faults that networks and servers cause, so that a user can watch the recovery. */
export function useFaults(): UseFaultsReturn {
  const { socket, isConnected } = useSocket()
  const { end } = useSession()
  const { sessions } = useSessionList()
  const { isPaused, pause, resume } = usePausedReading()
  const report = shallowRef<FaultReport | null>(null)
  const isEnding = shallowRef(false)

  function cut(): void {
    report.value = isConnected.value ? 'cut.done' : 'cut.impossible'
    if (isConnected.value) socket.value?.io.engine.transport.close()
  }

  function toggleReading(): void {
    if (isPaused.value) resume()
    else report.value = pause() ? 'deaf.started' : 'deaf.impossible'
  }

  async function endSession(): Promise<void> {
    if (isEnding.value) return
    const current = sessions.value.find(({ isCurrent }) => isCurrent)
    report.value = current ? null : { code: 'not_connected' }
    if (!current) return
    isEnding.value = true
    try {
      // By its id, as another device would: the client then gets a new session on its own.
      await end(current.id)
      report.value = 'end.done'
    } catch (error) {
      report.value = { code: (error as CommandError).code } // it rejects only with this
    } finally {
      isEnding.value = false
    }
  }

  watch(isConnected, (isBack) => {
    if (!isBack) return
    if (report.value === 'cut.done') report.value = 'cut.back'
    else if (report.value !== 'end.done') report.value = null // it was about a missing connection
  })
  watch(isPaused, (isDeaf) => {
    if (!isDeaf && report.value === 'deaf.started') report.value = 'deaf.done'
  })
  return {
    report: shallowReadonly(report),
    isDeaf: isPaused,
    isEnding: shallowReadonly(isEnding),
    cut,
    toggleReading,
    endSession,
  }
}
