import { isYektaYarError, YektaYarError } from '@yektayar/client'
import type {
  AnyRoom,
  CallOptions,
  ClientRoom,
  HistoryOptions,
  RoomContinuity,
  RoomEntry,
  RoomMember,
  RoomSnapshot,
} from '@yektayar/client'
import type {
  AnyContract,
  Json,
  Message,
  MessageInput,
  NameOf,
  PayloadOf,
  Presence,
  PresenceInput,
  RoomDefinition,
  RoomHint,
  RoomOf,
  RoomPattern,
  RoomReceipt,
} from '@yektayar/protocol'
import { computed, shallowRef, toValue, watch } from 'vue'
import type { ComputedRef, MaybeRefOrGetter, ShallowRef } from 'vue'
import { heldWhileHydrating } from './heldWhileHydrating.js'
import { oncePerFrame } from './oncePerFrame.js'
import { isBrowser, useRealtime } from './realtime.js'
import type { Realtime } from './realtime.js'
import type { AppContract } from './register.js'

/** What `useRoom` returns, typed by the room's definition in the contract. */
export interface UseRoomReturn<Definition extends RoomDefinition = AnyRoom> {
  /** In order and without a gap; own messages that are not stored yet come last. */
  readonly messages: ComputedRef<readonly RoomEntry<Message<Definition>>[]>
  /** The members that are present, each with what they show; in a crowd only some. */
  readonly members: ComputedRef<readonly RoomMember<Presence<Definition>>[]>
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
  /** Why the room was left, why the last try to join it failed, or that there is no such room. */
  readonly error: ComputedRef<YektaYarError | null>
  /** Sends a message through the outbox; it is in `messages` at once. Rejects as `room.send()` does. */
  send<Data>(
    this: void,
    data: PayloadOf<MessageInput<Definition>, Data>,
    options?: CallOptions,
  ): Promise<RoomReceipt>
  /**
   * Asks again for a room that was refused or that the right to was taken away. It is asked for by itself
   * after each connect, and when the user changes. Rejects as `room.join()` does.
   */
  join(this: void, options?: CallOptions): Promise<void>
  /** Puts one more page before `messages`, and says whether there are still older ones. */
  loadOlder(this: void, options?: Omit<HistoryOptions, 'before'>): Promise<boolean>
  /** Tells the others that the user types. Call it on every key, and with `false` at the end. */
  setTyping(this: void, isTyping: boolean): void
}

/** Options of `useRoom`. */
export interface UseRoomOptions<Input = Json | undefined> {
  /**
   * What the other members see of this one, up to 1 KiB of JSON. Each new value of a ref or getter is
   * sent to the room. @default nothing
   */
  presence?: MaybeRefOrGetter<Input>
}

/** The options, which contain the presence unless it is optional or the room has none. */
export type UseRoomArguments<Input> = [Input] extends [undefined]
  ? []
  : undefined extends Input
    ? [options?: UseRoomOptions<Input>]
    : [options: UseRoomOptions<Input> & { presence: MaybeRefOrGetter<Input> }]

/** No room for now; nothing is asked of the server then. */
type NoRoom = undefined | null | false | ''

/**
 * `useRoom`, typed by a contract. The names are written out in the constraint: a compiler's messages
 * would show an alias in their place.
 */
export type UseRoom<Contract extends AnyContract> = <
  const Name extends
    { [Pattern in RoomPattern<Contract>]: NameOf<Pattern> }[RoomPattern<Contract>] | RoomHint,
>(
  name: MaybeRefOrGetter<Name | NoRoom>,
  ...options: UseRoomArguments<PresenceInput<RoomOf<Name, Contract>>>
) => UseRoomReturn<RoomOf<Name, Contract>>

/**
 * A room as state. It is joined until the current scope ends or the name changes, and again after
 * each reconnect. All users of the same room share it. What happens in the room shows once per frame; a
 * join, and what this composable's own functions do, at once.
 *
 * @param name a getter with a template keeps its type: `` useRoom(() => `support:${id.value}`) ``. As long
 * as it is `undefined`, `null`, `false` or `''`, there is no room
 */
export const useRoom: UseRoom<AppContract> = (name, ...[options]) => openRoom(name, options) // by its name

function openRoom(
  name: MaybeRefOrGetter<string | undefined | null | false>,
  { presence }: UseRoomOptions = {},
): UseRoomReturn {
  const realtime = useRealtime()
  const room = shallowRef<ClientRoom>()
  const snapshot = shallowRef<RoomSnapshot>()
  const shownSnapshot = heldWhileHydrating(snapshot, undefined)
  const refusal = shallowRef<YektaYarError>()
  const update = oncePerFrame(() => {
    snapshot.value = room.value?.getSnapshot()
  })

  watch(
    () => toValue(name),
    (current, _previous, onCleanup) => {
      let joined: ClientRoom | undefined
      refusal.value = undefined
      try {
        joined = current ? realtime.client.room(current as never) : undefined // any name
      } catch (error) {
        if (!isYektaYarError(error)) throw error
        refusal.value = error
      }
      room.value = joined
      if (joined && isBrowser()) {
        void joined.join({ presence: toValue(presence) }) // `error` has the failure
        const stop = joined.subscribe(({ state }) => {
          if (state === snapshot.value?.state) update.request()
          else update.flush() // rare, and awaited
        })
        onCleanup(() => {
          stop()
          update.cancel()
          void joined.leave()
        })
      }
      update.flush()
    },
    { immediate: true },
  )
  tellPresence(room, presence)

  onOtherRights(realtime, () => {
    const { state, error } = room.value?.getSnapshot() ?? {}
    if (state === 'left' && error?.code === 'room_forbidden') void room.value?.join()
  })

  /** Shows what a call has done, once it is made and once it has ended. */
  const shown = <Result>(call: Promise<Result>): Promise<Result> => {
    update.flush()
    const done = call.finally(update.flush)
    done.catch(() => undefined) // like the call: an app need not wait for it
    return done
  }

  return {
    messages: computed(() => shownSnapshot.value?.messages ?? []),
    members: computed(() => shownSnapshot.value?.members ?? []),
    memberCount: computed(() => shownSnapshot.value?.memberCount ?? 0),
    isComplete: computed(() => shownSnapshot.value?.isComplete ?? true),
    self: computed(() => shownSnapshot.value?.self ?? null),
    typing: computed(() => shownSnapshot.value?.typists ?? []),
    isJoined: computed(() => shownSnapshot.value?.state === 'joined'),
    hasOlder: computed(() => shownSnapshot.value?.hasOlder ?? false),
    continuity: computed(() => shownSnapshot.value?.continuity ?? null),
    error: computed(() => refusal.value ?? shownSnapshot.value?.error ?? null),
    send: async (data, options) => {
      if (!room.value) throw refusal.value ?? noName()
      return shown(room.value.send(data, options))
    },
    join: async (options) => {
      if (room.value && isBrowser()) await shown(room.value.join(options))
    },
    loadOlder: async (options) => (room.value ? shown(room.value.loadOlder(options)) : false),
    setTyping: (isTyping) => {
      room.value?.typing(isTyping)
    },
  }
}

/** Tells a room what a ref or getter becomes. */
function tellPresence(
  room: Readonly<ShallowRef<ClientRoom | undefined>>,
  presence: UseRoomOptions['presence'],
): void {
  watch(
    () => toValue(presence),
    (current) => {
      if (current === undefined || !isBrowser()) return
      room.value?.setPresence(current).catch(() => undefined) // it keeps what was set before
    },
    { deep: true },
  )
}

/** Calls back when a room that was refused may be allowed: to another user, or on another connection. */
function onOtherRights({ session, snapshot }: Realtime, callBack: () => void): void {
  watch(
    () => [session.value.userId, snapshot.value.socketId],
    () => {
      if (snapshot.value.status === 'connected') callBack()
    },
  )
}

function noName(): YektaYarError {
  return new YektaYarError('invalid_input', 'useRoom: the room has no name yet', {
    hint: 'Pass a getter, as in useRoom(() => props.room), which is undefined until there is one',
  })
}
