import type { Unsubscribe } from '@yektayar/client'
import type { EventName, EventPayload } from '@yektayar/protocol'
import { toValue, watch } from 'vue'
import type { MaybeRefOrGetter } from 'vue'
import { isBrowser, useRealtime } from './realtime.js'
import type { AppContract } from './register.js'

/** Listens to one server event until the current scope ends. */
export function useSocketEvent<Name extends EventName<AppContract>>(
  name: MaybeRefOrGetter<Name>,
  listener: (payload: EventPayload<Name, AppContract>) => void,
): Unsubscribe {
  const { client } = useRealtime()
  if (!isBrowser()) return () => undefined // nobody would end it
  return watch(
    () => toValue(name),
    (current, _previous, onCleanup) => {
      onCleanup(client.on(current, listener))
    },
    { immediate: true },
  )
}
