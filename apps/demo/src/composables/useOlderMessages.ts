import type { UseRoomReturn } from '@yektayar/vue'
import { shallowReadonly, shallowRef, watch } from 'vue'
import type { ShallowRef } from 'vue'

/** What `useOlderMessages` returns. */
export interface UseOlderMessagesReturn {
  readonly isLoading: Readonly<ShallowRef<boolean>>
  /** Whether the newest attempt failed; only a new connection repeats it automatically. */
  readonly hasFailed: Readonly<ShallowRef<boolean>>
  /** Loads one more page, unless one is loading already or there is none. */
  load(this: void): Promise<void>
}

/** Loads the older messages of a room, one page at a time. */
export function useOlderMessages({
  hasOlder,
  isJoined,
  loadOlder,
}: Pick<UseRoomReturn, 'hasOlder' | 'isJoined' | 'loadOlder'>): UseOlderMessagesReturn {
  const isLoading = shallowRef(false)
  const hasFailed = shallowRef(false)

  async function load(): Promise<void> {
    if (isLoading.value || !hasOlder.value || !isJoined.value) return
    isLoading.value = true
    try {
      await loadOlder()
      hasFailed.value = false
    } catch {
      hasFailed.value = true
    } finally {
      isLoading.value = false
    }
  }

  watch(isJoined, () => {
    hasFailed.value = false
  })
  return {
    isLoading: shallowReadonly(isLoading),
    hasFailed: shallowReadonly(hasFailed),
    load,
  }
}
