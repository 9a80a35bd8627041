import { useResizeObserver } from '@vueuse/core'
import { nextTick, shallowReadonly, shallowRef, watch } from 'vue'
import type { Ref, ShallowRef } from 'vue'
import type { RoomEntry } from '../realtimeTypes.js'

/** The elements to scroll, and what the scroll position depends on. */
export interface ConversationScrollOptions {
  readonly scroller: Readonly<Ref<HTMLElement | null>>
  /** The content of the scroller; its children keep their place while others are added. */
  readonly content: Readonly<Ref<HTMLElement | null>>
  readonly entries: () => readonly RoomEntry[]
  /** Called when the reader is near the beginning. */
  onNearStart(this: void): void
}

/** What `useConversationScroll` returns. */
export interface UseConversationScrollReturn {
  /** Whether the reader sees the end; the scroller then follows new messages. */
  readonly isAtEnd: Readonly<ShallowRef<boolean>>
  toEnd(this: void): void
  /** Call this when the scroller has scrolled. */
  onScroll(this: void): void
}

/** This close to the end, the scroller follows new messages, in pixels. */
const END_REACH = 48

/** This close to the beginning, older messages are loaded, in pixels. */
const START_REACH = 240

/** Keeps the reader at the end, or in place while messages are added before or after. */
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
    if (clientHeight === 0) return // a hidden element has no scroll position
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

/** Remembers the first visible child, and returns a function that moves it back into place. */
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
