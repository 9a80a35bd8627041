import { useIntervalFn } from '@vueuse/core'
import { computed, shallowRef, toValue, watch } from 'vue'
import type { ComputedRef, MaybeRefOrGetter } from 'vue'

/** What `useRetryCountdown` returns. */
export interface UseRetryCountdownReturn {
  /** Whole seconds until the next attempt; `null` while none is scheduled. */
  readonly secondsLeft: ComputedRef<number | null>
  /** The length of the whole wait, in milliseconds. */
  readonly waitMs: ComputedRef<number>
}

const TICK_MS = 250

/** Counts down to a time in milliseconds since 1970; a timer runs only while one is set. */
export function useRetryCountdown(
  nextRetryAt: MaybeRefOrGetter<number | null>,
): UseRetryCountdownReturn {
  const startedAt = shallowRef(0)
  const now = shallowRef(0)
  const { pause, resume } = useIntervalFn(
    () => {
      now.value = Date.now()
    },
    TICK_MS,
    { immediate: false },
  )
  watch(
    () => toValue(nextRetryAt),
    (at) => {
      startedAt.value = now.value = Date.now()
      if (at === null) pause()
      else resume()
    },
    { immediate: true },
  )
  return {
    secondsLeft: computed(() => {
      const at = toValue(nextRetryAt)
      return at === null ? null : Math.max(0, Math.ceil((at - now.value) / 1_000))
    }),
    waitMs: computed(() => Math.max(0, (toValue(nextRetryAt) ?? 0) - startedAt.value)),
  }
}
