import { shallowReadonly, shallowRef, toValue } from 'vue'
import type { MaybeRefOrGetter, ShallowRef } from 'vue'
import type { CommandError, ShownCommandName } from '../realtimeTypes.js'
import { useEventLog } from './useEventLog.js'

/** The part of the state of `useCommand` that is used here. */
interface FollowedCommand {
  readonly error: Readonly<ShallowRef<CommandError | undefined>>
  readonly isPending: Readonly<ShallowRef<boolean>>
}

/** What `useTrackedCall` returns. */
export interface UseTrackedCallReturn {
  /** The duration of the newest call in milliseconds, including the wait for a connection. */
  readonly tookMs: Readonly<ShallowRef<number | undefined>>
  /** Runs one call at a time, measures it and writes it into the log. */
  track(this: void, execute: () => Promise<unknown>): Promise<void>
}

/** Measures the calls of a command and writes them into the log. */
export function useTrackedCall(
  name: MaybeRefOrGetter<ShownCommandName>,
  { error, isPending }: FollowedCommand,
): UseTrackedCallReturn {
  const log = useEventLog()
  const tookMs = shallowRef<number>()

  async function track(execute: () => Promise<unknown>): Promise<void> {
    if (isPending.value) return
    const command = { kind: 'command', name: toValue(name) } as const
    log.add({ ...command, outcome: 'sent' })
    const startedAt = performance.now()
    await execute()
    const duration = performance.now() - startedAt
    tookMs.value = duration
    const { code } = error.value ?? {}
    if (code) log.add({ ...command, outcome: 'failed', tookMs: duration, code })
    else log.add({ ...command, outcome: 'answered', tookMs: duration })
  }
  return { tookMs: shallowReadonly(tookMs), track }
}
