import { useSocketEvent } from '@yektayar/vue'
import { shallowReadonly, shallowRef } from 'vue'
import type { ShallowRef } from 'vue'
import type { CommandError } from '../realtimeTypes.js'
import type { SessionAction, SessionOutcome } from '../session/outcome.js'

/** What `useSessionAction` returns. */
export interface UseSessionActionReturn {
  /** What is under way. */
  readonly pending: Readonly<ShallowRef<SessionAction | null>>
  /** How the newest action went; `null` while one is under way. */
  readonly outcome: Readonly<ShallowRef<SessionOutcome | null>>
  /** Does one thing at a time; resolves with whether it succeeded. */
  perform(this: void, action: SessionAction, work: () => Promise<void>): Promise<boolean>
}

/** What the page does with its session, and how that went. */
export function useSessionAction(): UseSessionActionReturn {
  const pending = shallowRef<SessionAction | null>(null)
  const outcome = shallowRef<SessionOutcome | null>(null)

  useSocketEvent('session:ended', ({ code }) => {
    const isWanted = pending.value === 'end'
    // One of too many connections is replaced by another; its session goes on.
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
      const { code } = cause as CommandError // nothing else has one here
      outcome.value = { action, code }
      return false
    } finally {
      pending.value = null
    }
  }
  return { pending: shallowReadonly(pending), outcome: shallowReadonly(outcome), perform }
}
