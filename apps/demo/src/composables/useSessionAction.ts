import { useSocketEvent } from '@yektayar/vue'
import { shallowReadonly, shallowRef } from 'vue'
import type { ShallowRef } from 'vue'
import type { CommandError } from '../realtimeTypes.js'
import type { SessionAction, SessionOutcome } from '../session/outcome.js'

/** What `useSessionAction` returns. */
export interface UseSessionActionReturn {
  /** The action that is running. */
  readonly pending: Readonly<ShallowRef<SessionAction | null>>
  /** The result of the newest action; `null` while one is running. */
  readonly outcome: Readonly<ShallowRef<SessionOutcome | null>>
  /** Runs one action at a time; resolves with whether it succeeded. */
  perform(this: void, action: SessionAction, work: () => Promise<void>): Promise<boolean>
}

/** Runs the session's actions for the page, and reports their results. */
export function useSessionAction(): UseSessionActionReturn {
  const pending = shallowRef<SessionAction | null>(null)
  const outcome = shallowRef<SessionOutcome | null>(null)

  useSocketEvent('session:ended', ({ code }) => {
    const isWanted = pending.value === 'end'
    // A newer connection has replaced this one; the session continues.
    if (!isWanted && code !== 'replaced') outcome.value = { action: 'replaced', code: null }
  })

  async function perform(action: SessionAction, work: () => Promise<void>): Promise<boolean> {
    if (pending.value) return false
    pending.value = action
    outcome.value = null
    try {
      await work()
      outcome.value = { action, code: null }
      return true
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause)) throw cause
      const { code } = cause as CommandError // only a `CommandError` has a code here
      outcome.value = { action, code }
      return false
    } finally {
      pending.value = null
    }
  }
  return { pending: shallowReadonly(pending), outcome: shallowReadonly(outcome), perform }
}
