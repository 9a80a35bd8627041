import type { ConnectionSnapshot, ConnectionStatus, Unsubscribe } from '@yektayar/client'
import type { EventName, EventPayload } from '@yektayar/protocol'
import { computed, getCurrentScope, onScopeDispose } from 'vue'
import type { ComputedRef, Ref, ShallowRef } from 'vue'
import { isBrowser, useRealtime } from './realtime.js'
import type { AppClient, AppContract } from './register.js'

/** What `useSocket` returns. */
export interface UseSocketReturn {
  readonly client: AppClient
  /** The plain `socket.io-client` socket; `null` before `connect()` is called. */
  readonly socket: Readonly<ShallowRef<AppClient['socket']>>
  readonly snapshot: Readonly<Ref<ConnectionSnapshot>>
  readonly status: ComputedRef<ConnectionStatus>
  readonly isConnected: ComputedRef<boolean>
  /** Connects, with the app's own session token or with one that the client acquires. */
  connect(this: void, sessionToken?: string): Promise<void>
  disconnect(this: void): Promise<void>
  readonly call: AppClient['call']
  /** Listens to an event until the scope ends in which it is called, else that of `useSocket()`. */
  on<Name extends EventName<AppContract>>(
    this: void,
    name: Name,
    listener: (payload: EventPayload<Name, AppContract>) => void,
  ): Unsubscribe
}

/** The app's connection: its state and its functions. */
export function useSocket(): UseSocketReturn {
  const { client, socket, snapshot } = useRealtime()
  const ownScope = getCurrentScope()
  const call: AppClient['call'] = client.call.bind(client)
  return {
    client,
    socket,
    snapshot,
    status: computed(() => snapshot.value.status),
    isConnected: computed(() => snapshot.value.status === 'connected'),
    connect: async (sessionToken: unknown) => {
      // A template's `@click="connect"` passes its event.
      const token = typeof sessionToken === 'string' ? sessionToken : undefined
      if (isBrowser()) await client.connect({ token })
    },
    disconnect: () => client.disconnect(),
    call,
    on: (name, listener) => {
      if (!isBrowser()) return () => undefined
      const scope = getCurrentScope() ?? ownScope
      // It may have ended meanwhile, such as during an await.
      if (scope?.active === false) return () => undefined
      const stop = client.on(name, listener)
      scope?.run(() => {
        onScopeDispose(stop)
      })
      return stop
    },
  }
}
