import type { UseRoomReturn } from '@yektayar/vue'
import { computed, reactive, shallowReadonly, shallowRef, watch } from 'vue'
import type { ComputedRef, ShallowRef, WritableComputedRef } from 'vue'
import { MAX_TEXT_LENGTH } from '../chat/messageText.js'
import type { ChatMessageData } from '../chat/messageText.js'
import type { CommandError, ErrorCode } from '../realtimeTypes.js'

/** What `useComposer` returns. */
export interface UseComposerReturn {
  /** What is being written; each room has a text of its own. */
  readonly text: WritableComputedRef<string>
  /** How many characters may follow; below 0 it is too long to be sent. */
  readonly left: ComputedRef<number>
  /** Why the newest message was not even taken. */
  readonly refusal: Readonly<ShallowRef<ErrorCode | null>>
  /** Sends the text and begins anew, unless there is none or it is too long. */
  submit(this: void): void
}

/** What is written in a room before it is sent; the others see that somebody writes. */
export function useComposer(
  room: () => string,
  { send, setTyping }: Pick<UseRoomReturn, 'send' | 'setTyping'>,
): UseComposerReturn {
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
    const data: ChatMessageData = { text: written.trim() }
    drafts.delete(name)
    refusal.value = null
    send({ ...data }).catch((error: unknown) => {
      const { code } = error as CommandError // it rejects with nothing else
      if (code !== 'outbox_full') return // else the message is there, and says that it failed
      refusal.value = code
      if (!drafts.get(name)) drafts.set(name, written)
    })
  }

  watch(room, () => {
    refusal.value = null
  })
  return { text, left, refusal: shallowReadonly(refusal), submit }
}
