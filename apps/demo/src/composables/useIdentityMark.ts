import { computed, shallowReactive, shallowRef, watch } from 'vue'
import type { ComputedRef } from 'vue'
import type { IdentityChange, IdentityMark } from '../chat/arrangeMessages.js'
import type { RoomEntry } from '../realtimeTypes.js'

/** The page's user as a member of rooms. */
interface Self {
  readonly id: string
  readonly name: string
}

/** Who the page's user is, and the room that the page shows. */
export interface IdentityMarkOptions {
  /** `null` until it is known. */
  self(this: void): Self | null
  /** The id of the signed-in user, if there is one. */
  userId(this: void): string | null
  room(this: void): string
  isJoined(this: void): boolean
  entries(this: void): readonly RoomEntry[]
}

/**
 * Tells in the chat when the page became somebody else: with a new session, earlier messages of the
 * page belong to somebody else from then on. In a room that is entered later, it says so at the end.
 */
export function useIdentityMark({
  self,
  userId,
  room,
  isJoined,
  entries,
}: IdentityMarkOptions): ComputedRef<IdentityMark | null> {
  const change = shallowRef<IdentityChange | null>(null)
  const marks = shallowReactive(new Map<string, IdentityMark>())
  let before: (Self & { readonly userId: string | null }) | null = null

  function place(): void {
    if (!change.value || marks.has(room())) return
    const afterSeq = entries().findLast(({ seq }) => seq !== null)?.seq ?? 0
    marks.set(room(), { kind: 'identity', afterSeq, change: change.value })
  }

  watch(
    self,
    (now) => {
      if (!now) return // until the next id is known, it is still the same
      if (before && now.id !== before.id) {
        const how = before.userId === null && userId() !== null ? 'signedIn' : 'replaced'
        change.value = { how, before: before.name, name: now.name }
        marks.clear()
        place()
      }
      before = { ...now, userId: userId() }
    },
    { immediate: true },
  )
  watch([room, isJoined], () => {
    if (isJoined()) place()
  })
  return computed(() => marks.get(room()) ?? null)
}
