import { useResizeObserver } from '@vueuse/core'
import { nextTick, shallowReadonly, shallowRef, watch } from 'vue'
import type { Ref, ShallowRef } from 'vue'
import type { RoomEntry } from '../realtimeTypes.js'

/** What is scrolled, and what decides where to. */
export interface ConversationScrollOptions {
  readonly scroller: Readonly<Ref<HTMLElement | null>>
  /** What is in the scroller; its children stay where they are while others are added. */
  readonly content: Readonly<Ref<HTMLElement | null>>
  readonly entries: () => readonly RoomEntry[]
  /** The reader is near the beginning. */
  onNearStart(this: void): void
}

/** What `useConversationScroll` returns. */
export interface UseConversationScrollReturn {
  /** Whether the reader sees the end, and follows it. */
  readonly isAtEnd: Readonly<ShallowRef<boolean>>
  toEnd(this: void): void
  /** To be called when the scroller has scrolled. */
  onScroll(this: void): void
}

/** As near to the end as that, the reader wants to see what is added, in pixels. */
const END_REACH = 48

/** As near to the beginning as that, more is wanted there, in pixels. */
const START_REACH = 240

/** Keeps a reader at the end, or where they are, whatever is added before or after. */
export function useConversationScroll({
  scroller,
  content,
  entries,
  onNearStart,
}: ConversationScrollOptions): UseConversationScrollReturn {
  const isAtEnd = shallowRef(true)

  function toEnd(): void {
    const element = scroller.value
    if (element) element.scrollTop = element.scrollHeight
    isAtEnd.value = true
  }

  function onScroll(): void {
    const element = scroller.value
    if (!element) return
    const { scrollHeight, scrollTop, clientHeight } = element
    if (clientHeight === 0) return // out of sight, it has no place
    isAtEnd.value = scrollHeight - scrollTop - clientHeight <= END_REACH
    if (scrollTop <= START_REACH && entries().length > 0) onNearStart()
  }

  watch(entries, async (now, before) => {
    const keepPlace = holdPlace(scroller.value, content.value)
    const newest = now.at(-1)
    const hasWritten = newest?.from === null && newest.key !== before.at(-1)?.key
    const isEndWanted = isAtEnd.value || hasWritten
    await nextTick()
    if (isEndWanted) toEnd()
    else keepPlace()
    onScroll()
  })
  useResizeObserver([scroller, content], () => {
    if (isAtEnd.value) toEnd()
  })
  return { isAtEnd: shallowReadonly(isAtEnd), toEnd, onScroll }
}

/** Remembers what the reader sees, and returns the function that moves it back there. */
function holdPlace(scroller: HTMLElement | null, content: HTMLElement | null): () => void {
  const top = scroller?.scrollTop ?? 0
  const seen = [...(content?.children ?? [])].find(
    (child): child is HTMLElement =>
      child instanceof HTMLElement && child.offsetTop + child.offsetHeight > top,
  )
  const distance = (seen?.offsetTop ?? 0) - top
  return () => {
    if (scroller && seen?.isConnected) scroller.scrollTop = seen.offsetTop - distance
  }
}
