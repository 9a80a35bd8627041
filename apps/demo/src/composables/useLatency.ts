import { useSocket } from '@yektayar/vue'
import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { computed, shallowReadonly, shallowRef, watch } from 'vue'
import type { ComputedRef, ShallowRef } from 'vue'

/** A measured round trip in milliseconds, or `null` where the connection was lost. */
export type LatencySample = number | null

/** Current, median and worst round trip in milliseconds; nothing is current without a connection. */
interface LatencySummary {
  readonly count: number
  readonly current: number | null
  readonly median: number
  readonly worst: number
}

/** What `useLatency` returns. */
export interface UseLatencyReturn {
  /** Oldest first, at most {@link MAX_SAMPLES}. */
  readonly samples: Readonly<ShallowRef<readonly LatencySample[]>>
  /** `undefined` before the first measurement. */
  readonly summary: ComputedRef<LatencySummary | undefined>
}

/** The time between measurements while the page is connected and visible, in milliseconds. */
export const PING_INTERVAL_MS = 2_000

/** The most measurements that it keeps. */
const MAX_SAMPLES = 60

/** Measures the round trip every few seconds while the page is connected and visible. */
export function useLatency(): UseLatencyReturn {
  const { client, snapshot, isConnected } = useSocket()
  const visibility = useDocumentVisibility()
  const samples = shallowRef<readonly LatencySample[]>([])

  const { pause, resume } = useIntervalFn(() => void client.ping(), PING_INTERVAL_MS, {
    immediate: false,
  })
  watch(
    () => isConnected.value && visibility.value === 'visible',
    (isWatched) => {
      if (isWatched) resume()
      else pause()
    },
    { immediate: true },
  )

  watch(
    () => snapshot.value.roundTripMs,
    (sample) => {
      const isLeadingGap = sample === null && samples.value.length === 0
      if (!isLeadingGap) samples.value = [...samples.value, sample].slice(-MAX_SAMPLES)
    },
    { immediate: true, flush: 'sync' }, // otherwise a loss and a quick return would show no gap
  )
  return { samples: shallowReadonly(samples), summary: computed(() => summarize(samples.value)) }
}

function summarize(samples: readonly LatencySample[]): LatencySummary | undefined {
  const measured = samples.filter((sample) => sample !== null)
  const sorted = measured.toSorted((a, b) => a - b)
  const median = sorted[Math.floor((sorted.length - 1) / 2)]
  const worst = sorted.at(-1)
  if (median === undefined || worst === undefined) return undefined
  return { count: measured.length, current: samples.at(-1) ?? null, median, worst }
}
