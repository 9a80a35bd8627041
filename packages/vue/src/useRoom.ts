import { YektaYarError } from '@yektayar/client'
import type {
  CallOptions,
  ClientRoom,
  HistoryOptions,
  RoomContinuity,
  RoomEntry,
  RoomMember,
  RoomSnapshot,
} from '@yektayar/client'
import type { Json, Jsonable, RoomReceipt } from '@yektayar/protocol'
import { computed, shallowRef, toValue, watch } from 'vue'
import type { ComputedRef, MaybeRefOrGetter } from 'vue'
import { isBrowser, useRealtime } from './realtime.js'

/** What `useRoom` returns. */
export interface UseRoomReturn {
  /** In order and without a gap; own messages that are not stored yet come last. */
  readonly messages: ComputedRef<readonly RoomEntry[]>
  /** The members that are present, each with what they show; in a crowd only some. */
  readonly members: ComputedRef<readonly RoomMember[]>
  /** How many members are present, whether or not all are in `members`. */
  readonly memberCount: ComputedRef<number>
  /** Whether all members are in `members`. */
  readonly isComplete: ComputedRef<boolean>
  /** The own id as a member: `user:<id>` or `session:<id>`; `null` until it is known. */
  readonly self: ComputedRef<string | null>
  /** The ids of the members that are typing. */
  readonly typing: ComputedRef<readonly string[]>
  readonly isJoined: ComputedRef<boolean>
  /** Whether older messages can be loaded. */
  readonly hasOlder: ComputedRef<boolean>
  /** The continuity of the last join; `null` before the first join. */
  readonly continuity: ComputedRef<RoomContinuity | null>
  /** Why the room was left, or why the last try to join it failed. */
  readonly error: ComputedRef<YektaYarError | null>
  /** Sends a message through the outbox; it is in `messages` at once. Rejects as `room.send()` does. */
  send<Data>(this: void, data: Jsonable<Data>, options?: CallOptions): Promise<RoomReceipt>
  /** Puts one more page before `messages`, and says whether there are still older ones. */
  loadOlder(this: void, options?: Omit<HistoryOptions, 'before'>): Promise<boolean>
  /** Tells the others that the user types. Call it on every key, and with `false` at the end. */
  setTyping(this: void, isTyping: boolean): void
}

/** Options of `useRoom`. */
export interface UseRoomOptions {
  /**
   * What the other members see of this one: any JSON of up to 1 KiB. What a ref or getter becomes is
   * told to the room. @default nothing
   */
  presence?: MaybeRefOrGetter<Json | undefined> | undefined
}

/**
 * A room as state. It is joined until the current scope ends or the name changes, and again after
 * each reconnect. All users of the same room share it.
 *
 * @param name as long as it is `undefined`, there is no room, and nothing is asked of the server; an
 * empty name is an `error`
 */
export function useRoom(
  name: MaybeRefOrGetter<string | undefined>,
  { presence }: UseRoomOptions = {},
): UseRoomReturn {
  const { client } = useRealtime()
  const room = shallowRef<ClientRoom>()
  const snapshot = shallowRef<RoomSnapshot>()
  const isNameless = shallowRef(false)

  watch(
    () => toValue(name),
    (current, _previous, onCleanup) => {
      isNameless.value = current === ''
      const joined = current ? client.room(current) : undefined
      room.value = joined
      snapshot.value = joined?.getSnapshot()
      if (!joined || !isBrowser()) return
      void joined.join({ presence: toValue(presence) }) // `error` has the failure
      const stop = joined.subscribe((changed) => {
        snapshot.value = changed
      })
      onCleanup(() => {
        stop()
        void joined.leave()
      })
    },
    { immediate: true },
  )
  watch(
    () => toValue(presence),
    (current) => {
      if (current === undefined || !isBrowser()) return
      room.value?.setPresence(current).catch(() => undefined) // it keeps what was set before
    },
    { deep: true },
  )

  return {
    messages: computed(() => snapshot.value?.messages ?? []),
    members: computed(() => snapshot.value?.members ?? []),
    memberCount: computed(() => snapshot.value?.memberCount ?? 0),
    isComplete: computed(() => snapshot.value?.isComplete ?? true),
    self: computed(() => snapshot.value?.self ?? null),
    typing: computed(() => snapshot.value?.typists ?? []),
    isJoined: computed(() => snapshot.value?.state === 'joined'),
    hasOlder: computed(() => snapshot.value?.hasOlder ?? false),
    continuity: computed(() => snapshot.value?.continuity ?? null),
    error: computed(() => (isNameless.value ? noName() : (snapshot.value?.error ?? null))),
    send: async (data, options) => {
      if (!room.value) throw noName()
      return room.value.send(data, options)
    },
    loadOlder: (options) => room.value?.loadOlder(options) ?? Promise.resolve(false),
    setTyping: (isTyping) => {
      room.value?.typing(isTyping)
    },
  }
}

function noName(): YektaYarError {
  return new YektaYarError('invalid_input', 'useRoom: the room has no name yet', {
    hint: 'Pass a ref or a getter, as in useRoom(() => props.room), which is undefined until there is one',
  })
}
