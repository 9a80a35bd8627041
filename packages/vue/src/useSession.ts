import type { SessionState } from '@yektayar/client'
import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import { useRealtime } from './realtime.js'

/** What `useSession` returns. */
export interface UseSessionReturn {
  readonly state: ComputedRef<SessionState>
  /** When the session ends, in ISO 8601; `null` while there is none. */
  readonly expiresAt: ComputedRef<string | null>
}

/** The session behind the app's connection; the token is not in it. */
export function useSession(): UseSessionReturn {
  const { session } = useRealtime()
  return {
    state: computed(() => session.value.state),
    expiresAt: computed(() => session.value.expiresAt),
  }
}
