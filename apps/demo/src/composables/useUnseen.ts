import { computed, shallowRef, watch } from 'vue'
import type { ComputedRef } from 'vue'
import type { RoomEntry } from '../realtimeTypes.js'

/** Counts the messages of others that arrived since the reader last saw the end. */
export function useUnseen(
  entries: () => readonly RoomEntry[],
  isAtEnd: () => boolean,
): ComputedRef<number> {
  const seenSeq = shallowRef(0)
  watch(
    [entries, isAtEnd],
    () => {
      if (isAtEnd()) seenSeq.value = entries().findLast(({ seq }) => seq !== null)?.seq ?? 0
    },
    { immediate: true },
  )
  return computed(
    () => entries().filter((entry) => (entry.seq ?? 0) > seenSeq.value && !entry.isOwn).length,
  )
}
