import { useIntervalFn } from '@vueuse/core'
import { computed, shallowRef, toValue, watch } from 'vue'
import type { ComputedRef, MaybeRefOrGetter } from 'vue'

/** What `useCountdown` returns. */
export interface UseCountdownReturn {
  /** Whole seconds until that time; `null` while there is none. */
  readonly secondsLeft: ComputedRef<number | null>
  /** The length of the whole wait, in milliseconds. */
  readonly waitMs: ComputedRef<number>
}

const TICK_MS = 250

/** Counts down to a time in milliseconds since 1970; a timer runs only while one is set. */
export function useCountdown(until: MaybeRefOrGetter<number | null>): UseCountdownReturn {
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
    () => toValue(until),
    (at) => {
      startedAt.value = now.value = Date.now()
      if (at === null) pause()
      else resume()
    },
    { immediate: true, flush: 'sync' }, // otherwise the first second would be counted from 1970
  )
  return {
    secondsLeft: computed(() => {
      const at = toValue(until)
      return at === null ? null : Math.max(0, Math.ceil((at - now.value) / 1_000))
    }),
    waitMs: computed(() => Math.max(0, (toValue(until) ?? 0) - startedAt.value)),
  }
}
