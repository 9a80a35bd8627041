import { shallowReadonly, shallowRef, toValue, watch } from 'vue'
import type { MaybeRefOrGetter, ShallowRef } from 'vue'
import type { IdentityMark } from '../chat/arrangeMessages.js'
import type { RoomEntry } from '../realtimeTypes.js'

/** The page's user as a member of rooms. */
interface Self {
  readonly id: string
  readonly name: string
}

/**
 * Tells in the chat when the page became somebody else: with a new session, earlier messages of the
 * page belong to somebody else from then on.
 */
export function useIdentityMark(
  self: MaybeRefOrGetter<Self | null>,
  entries: () => readonly RoomEntry[],
): Readonly<ShallowRef<IdentityMark | null>> {
  const mark = shallowRef<IdentityMark | null>(null)
  let before: Self | null = null

  watch(
    () => toValue(self),
    (now) => {
      if (now && before && now.id !== before.id) {
        const isSignIn = before.id.startsWith('session:') && now.id.startsWith('user:')
        mark.value = {
          kind: 'identity',
          afterSeq: entries().findLast(({ seq }) => seq !== null)?.seq ?? 0,
          change: { how: isSignIn ? 'signedIn' : 'replaced', before: before.name, name: now.name },
        }
      }
      before = now ?? before // until the next id is known, it is still the same
    },
    { immediate: true },
  )
  return shallowReadonly(mark)
}
