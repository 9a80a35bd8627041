import type {
  CallOptions,
  HistoryOptions,
  RoomContinuity,
  RoomEntry,
  RoomSnapshot,
  YektaYarError,
} from '@yektayar/client'
import type { Jsonable, RoomReceipt } from '@yektayar/protocol'
import { computed, shallowRef, toValue, watch } from 'vue'
import type { ComputedRef, MaybeRefOrGetter } from 'vue'
import { isBrowser, useRealtime } from './realtime.js'

/** What `useRoom` returns. */
export interface UseRoomReturn {
  /** In order, without a hole, the own ones that are on their way last. */
  readonly messages: ComputedRef<readonly RoomEntry[]>
  /** Who is there: `user:<id>`, or `session:<id>`. */
  readonly members: ComputedRef<readonly string[]>
  /** Who is typing. */
  readonly typing: ComputedRef<readonly string[]>
  readonly isJoined: ComputedRef<boolean>
  /** Whether there are older messages to load. */
  readonly hasOlder: ComputedRef<boolean>
  /** What became of the time before the last join; `null` before the first. */
  readonly continuity: ComputedRef<RoomContinuity | null>
  /** Why the room was left, or why the last try to join it failed. */
  readonly error: ComputedRef<YektaYarError | null>
  /** Sends a message through the outbox; it is in `messages` at once. Rejects as `room.send()` does. */
  send<Data>(this: void, data: Jsonable<Data>, options?: CallOptions): Promise<RoomReceipt>
  /** Puts one more page before `messages`, and says whether there are still older ones. */
  loadOlder(this: void, options?: Omit<HistoryOptions, 'before'>): Promise<boolean>
  /** Tells the others; to be called on every key, with `false` at the end. */
  setTyping(this: void, isTyping: boolean): void
}

/**
 * A room as state: it is joined for as long as the current scope lives and the name stays, and again
 * after each connect. All that use the same room share it.
 */
export function useRoom(name: MaybeRefOrGetter<string>): UseRoomReturn {
  const { client } = useRealtime()
  const room = shallowRef(client.room(toValue(name)))
  const snapshot = shallowRef<RoomSnapshot>(room.value.snapshot)

  watch(
    () => toValue(name),
    (current, _previous, onCleanup) => {
      const joined = client.room(current)
      room.value = joined
      snapshot.value = joined.snapshot
      if (!isBrowser()) return
      const stop = joined.on('change', (changed) => {
        snapshot.value = changed
      })
      void joined.join() // its state says what became of it
      snapshot.value = joined.snapshot
      onCleanup(() => {
        stop()
        void joined.leave()
      })
    },
    { immediate: true },
  )

  return {
    messages: computed(() => snapshot.value.messages),
    members: computed(() => snapshot.value.members),
    typing: computed(() => snapshot.value.typists),
    isJoined: computed(() => snapshot.value.state === 'joined'),
    hasOlder: computed(() => snapshot.value.hasOlder),
    continuity: computed(() => snapshot.value.continuity),
    error: computed(() => snapshot.value.error),
    send: (data, options) => room.value.send(data, options),
    loadOlder: (options) => room.value.loadOlder(options),
    setTyping: (isTyping) => {
      room.value.typing(isTyping)
    },
  }
}
