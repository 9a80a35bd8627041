import { useSession, useSocket } from '@yektayar/vue'
import { inject, provide, shallowReadonly, shallowRef, watch } from 'vue'
import type { InjectionKey, ShallowRef } from 'vue'
import type { CommandError, ErrorCode } from '../realtimeTypes.js'
import { useCutLink } from './useCutLink.js'
import type { EventLog, FaultName } from './useEventLog.js'
import { usePausedReading } from './usePausedReading.js'
import type { UseSessionListReturn } from './useSessionList.js'

/** The result of the newest fault: the key of its text, or an error code. */
type FaultReport =
  | 'cut.done'
  | 'cut.returned'
  | 'cut.impossible'
  | 'deaf.started'
  | 'deaf.done'
  | 'deaf.impossible'
  | 'end.done'
  | { readonly code: ErrorCode }

/** What `useFaults` returns. */
export interface UseFaultsReturn {
  readonly report: Readonly<ShallowRef<FaultReport | null>>
  /** When attempts to connect get through again, in milliseconds since 1970; `null` if they do. */
  readonly cutUntil: Readonly<ShallowRef<number | null>>
  /** When the page reads again, in milliseconds since 1970; `null` while it reads. */
  readonly deafUntil: Readonly<ShallowRef<number | null>>
  readonly isEnding: Readonly<ShallowRef<boolean>>
  /** Closes the transport under the connection for a while, or lets it come back. */
  toggleLink(this: void): void
  /** Drops everything that arrives for a while, or reads again. */
  toggleReading(this: void): void
  /** Ends the session the way another device would. */
  endSession(this: void): Promise<void>
}

const faultsKey: InjectionKey<UseFaultsReturn> = Symbol('faults')

/**
 * Provides the faults that networks and servers cause to all components below, so that a user can
 * cause them and watch the recovery.
 */
export function provideFaults(
  { add }: Pick<EventLog, 'add'>,
  { sessions }: Pick<UseSessionListReturn, 'sessions'>,
): UseFaultsReturn {
  const { isConnected } = useSocket()
  const { end } = useSession()
  const { cutUntil, cut, mend } = useCutLink()
  const { pausedUntil, pause, resume } = usePausedReading()
  const report = shallowRef<FaultReport | null>(null)
  const isEnding = shallowRef(false)

  function happened(result: FaultReport, name: FaultName): void {
    report.value = result
    add({ kind: 'fault', name })
  }

  function toggleLink(): void {
    if (cutUntil.value !== null) mend()
    else if (!cut()) report.value = 'cut.impossible'
    else happened('cut.done', 'cutDone')
  }

  function toggleReading(): void {
    if (pausedUntil.value !== null) resume()
    else if (!pause()) report.value = 'deaf.impossible'
    else happened('deaf.started', 'deafStarted')
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
      happened('end.done', 'endDone')
    } catch (error) {
      report.value = { code: (error as CommandError).code } // it rejects only with this
    } finally {
      isEnding.value = false
    }
  }

  watch(isConnected, (isBack) => {
    if (!isBack) return
    if (report.value === 'cut.done') report.value = 'cut.returned'
    else if (report.value !== 'end.done') report.value = null // it was about a missing connection
  })
  watch(pausedUntil, (until) => {
    if (until === null && report.value === 'deaf.started') happened('deaf.done', 'deafDone')
  })
  const faults = {
    report: shallowReadonly(report),
    cutUntil,
    deafUntil: pausedUntil,
    isEnding: shallowReadonly(isEnding),
    toggleLink,
    toggleReading,
    endSession,
  }
  provide(faultsKey, faults)
  return faults
}

/**
 * The faults that the page can cause.
 *
 * @throws {Error} outside the component that provides them
 */
export function useFaults(): UseFaultsReturn {
  const faults = inject(faultsKey, undefined)
  if (faults) return faults
  throw new Error('No faults here: call provideFaults() in a component above')
}
