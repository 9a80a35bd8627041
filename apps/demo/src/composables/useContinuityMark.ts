import { useSocket } from '@yektayar/vue'
import { shallowReadonly, shallowRef, toValue, watch } from 'vue'
import type { MaybeRefOrGetter, ShallowRef } from 'vue'
import type { ContinuityMark } from '../chat/arrangeMessages.js'
import type { OwnRoom } from '../chat/rooms.js'

/** Where a room shows what happened to the messages of the newest time without a connection. */
export function useContinuityMark(
  room: MaybeRefOrGetter<OwnRoom | `public:${string}`>,
): Readonly<ShallowRef<ContinuityMark | null>> {
  const { client } = useSocket()
  const mark = shallowRef<ContinuityMark | null>(null)

  watch(
    () => toValue(room),
    (name, _previous, onCleanup) => {
      const handle = client.room(name)
      let isBack = false
      mark.value = null
      const stop = handle.on('continuity', (continuity) => {
        const seq = handle.position?.seq ?? 0
        const caughtUp = continuity.kind === 'replayed' ? continuity.count : 0
        const afterSeq = continuity.kind === 'reset' ? 0 : seq - caughtUp
        if (isBack) mark.value = { kind: 'continuity', afterSeq, continuity }
        isBack = true // the first join follows no earlier connection
      })
      onCleanup(stop)
    },
    { immediate: true },
  )
  return shallowReadonly(mark)
}
