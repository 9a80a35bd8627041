import type { UseRoomReturn } from '@yektayar/vue'
import { computed, reactive, shallowReadonly, shallowRef, watch } from 'vue'
import type { ComputedRef, ShallowRef, WritableComputedRef } from 'vue'
import { MAX_TEXT_LENGTH } from '../chat/messageText.js'
import type { ChatMessageData } from '../chat/messageText.js'
import type { CommandError, ErrorCode } from '../realtimeTypes.js'
import { useScoreboard } from './useScoreboard.js'

/** What `useComposer` returns. */
export interface UseComposerReturn {
  /** The text that is being written; each room has its own. */
  readonly text: WritableComputedRef<string>
  /** How many characters are left; below 0 the text is too long to send. */
  readonly left: ComputedRef<number>
  /** Why the outbox did not accept the newest message. */
  readonly refusal: Readonly<ShallowRef<ErrorCode | null>>
  /** Sends the text and clears it, unless it is empty or too long. */
  submit(this: void): void
}

/** The text of a room before it is sent. The room's members see that somebody is typing. */
export function useComposer(
  room: () => string,
  { send, setTyping }: Pick<UseRoomReturn, 'send' | 'setTyping'>,
): UseComposerReturn {
  const scoreboard = useScoreboard()
  const drafts = reactive(new Map<string, string>())
  const refusal = shallowRef<ErrorCode | null>(null)
  const text = computed({
    get: () => drafts.get(room()) ?? '',
    set: (value) => {
      drafts.set(room(), value)
      setTyping(value.trim() !== '')
    },
  })
  const left = computed(() => MAX_TEXT_LENGTH - text.value.trim().length)

  function submit(): void {
    const name = room()
    const written = text.value
    if (!written.trim() || left.value < 0) return
    const sending = scoreboard.send(name, (tag) => {
      const data: ChatMessageData = { text: written.trim(), tag }
      return send({ ...data })
    })
    drafts.delete(name)
    refusal.value = null
    sending.catch((error: unknown) => {
      const { code } = error as CommandError // it rejects only with this
      if (code !== 'outbox_full') return // otherwise the message itself shows that it failed
      refusal.value = code
      if (!drafts.get(name)) drafts.set(name, written)
    })
  }

  watch(room, () => {
    refusal.value = null
  })
  return { text, left, refusal: shallowReadonly(refusal), submit }
}
