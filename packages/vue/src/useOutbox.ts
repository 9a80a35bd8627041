import type { OutboxItem, OutboxStorage } from '@yektayar/client'
import { computed, onScopeDispose, toValue } from 'vue'
import type { ComputedRef, MaybeRefOrGetter, Ref } from 'vue'
import { heldWhileHydrating } from './heldWhileHydrating.js'
import { mirror, useRealtime } from './realtime.js'

/** What `useOutbox` returns. */
export interface UseOutboxReturn {
  /** Unfinished and failed items, oldest first. */
  readonly items: ComputedRef<readonly OutboxItem[]>
  /** Whether there are unfinished items. */
  readonly isPending: ComputedRef<boolean>
  /** Where items are kept. */
  readonly storage: Readonly<Ref<OutboxStorage>>
  /** Sends a failed item again, as a new item; rejects if its command fails. */
  retry(this: void, id: string): Promise<unknown>
  /** Gives up an item, or removes a failed one. Returns whether there was such an item. */
  cancel(this: void, id: string): boolean
}

/**
 * The client's outbox as state.
 *
 * @param room shows only items for this room. @default all items
 */
export function useOutbox(room?: MaybeRefOrGetter<string | undefined>): UseOutboxReturn {
  const { client, first } = useRealtime()
  const { outbox } = client
  const current = mirror(outbox, (stop) => {
    onScopeDispose(stop, true)
  })
  const snapshot = heldWhileHydrating(current, first.outbox)

  const items = computed(() => {
    const only = toValue(room)
    const all = snapshot.value.items
    return only === undefined ? all : all.filter((item) => roomOf(item) === only)
  })
  return {
    items,
    isPending: computed(() => items.value.some(({ state }) => state !== 'failed')),
    storage: computed(() => snapshot.value.storage),
    retry: (id) => outbox.retry(id),
    cancel: (id) => outbox.cancel(id),
  }
}

function roomOf({ name, input }: OutboxItem): unknown {
  if (name !== 'room:send' || typeof input !== 'object' || input === null) return undefined
  return 'room' in input ? input.room : undefined
}
