import { useSocket } from '@yektayar/vue'
import { useTimeoutFn } from '@vueuse/core'
import { onScopeDispose, shallowReadonly, shallowRef, watch } from 'vue'
import type { ShallowRef } from 'vue'

/** What `usePausedReading` returns. */
export interface UsePausedReadingReturn {
  /** When the page reads again, in milliseconds since 1970; `null` while it reads. */
  readonly pausedUntil: Readonly<ShallowRef<number | null>>
  /** Drops everything that arrives from now on; returns `false` without a connection. */
  pause(this: void): boolean
  /** Reads again. */
  resume(this: void): void
}

/** How long the page reads nothing, in milliseconds. */
export const PAUSE_MS = 10_000

/**
 * Drops everything that arrives for a while. A page cannot stop its browser from reading, but it
 * can remove the engine's listener from the transport: packets are then lost as on the network.
 */
export function usePausedReading(): UsePausedReadingReturn {
  const { socket, status } = useSocket()
  const pausedUntil = shallowRef<number | null>(null)
  let giveBack: (() => void) | undefined
  const { start, stop } = useTimeoutFn(resume, PAUSE_MS, { immediate: false })

  function pause(): boolean {
    if (status.value !== 'connected' || !socket.value) return false
    const { transport } = socket.value.io.engine
    const listeners = [...transport.listeners('packet')]
    transport.off('packet')
    giveBack = () => {
      for (const listener of listeners) transport.on('packet', listener)
    }
    pausedUntil.value = Date.now() + PAUSE_MS
    start()
    return true
  }

  function resume(): void {
    stop()
    giveBack?.()
    giveBack = undefined
    pausedUntil.value = null
  }

  watch(status, (current) => {
    if (current !== 'connected') resume() // the page reads the next connection from its start
  })
  onScopeDispose(resume)
  return { pausedUntil: shallowReadonly(pausedUntil), pause, resume }
}
