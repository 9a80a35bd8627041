import { useSocket } from '@yektayar/vue'
import { useTimeoutFn } from '@vueuse/core'
import { inject, onScopeDispose, shallowReadonly, shallowRef } from 'vue'
import type { ShallowRef } from 'vue'
import { linkCutKey } from '../faults/linkCut.js'

/** What `useCutLink` returns. */
export interface UseCutLinkReturn {
  /** When the way to the server is free again, in milliseconds since 1970; `null` while it is. */
  readonly cutUntil: Readonly<ShallowRef<number | null>>
  /** Closes the transport, and lets no attempt through for a while; `false` without a connection. */
  cut(this: void): boolean
  /** Lets attempts through again. */
  mend(this: void): void
}

/** How long no attempt to connect gets through, in milliseconds. */
export const CUT_MS = 5_000

/** Cuts the connection under the SDK for a while, as a network does. */
export function useCutLink(): UseCutLinkReturn {
  const { socket, isConnected } = useSocket()
  const link = inject(linkCutKey)
  const cutUntil = shallowRef<number | null>(null)
  const { start, stop } = useTimeoutFn(mend, CUT_MS, { immediate: false })

  function cut(): boolean {
    if (!isConnected.value || !socket.value) return false
    link?.block()
    cutUntil.value = Date.now() + CUT_MS
    start()
    socket.value.io.engine.transport.close()
    return true
  }

  function mend(): void {
    stop()
    link?.mend()
    cutUntil.value = null
  }

  onScopeDispose(mend)
  return { cutUntil: shallowReadonly(cutUntil), cut, mend }
}
