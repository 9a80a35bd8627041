import type {
  ConnectionSnapshot,
  OutboxSnapshot,
  ReadableState,
  SessionSnapshot,
  Unsubscribe,
} from '@yektayar/client'
import { hasInjectionContext, inject, shallowReadonly, shallowRef } from 'vue'
import type { InjectionKey, Ref, ShallowRef } from 'vue'
import { heldWhileHydrating } from './heldWhileHydrating.js'
import type { AppClient } from './register.js'

/** A client and its state as refs, shared by all components of an app. */
export interface Realtime {
  readonly client: AppClient
  readonly socket: Readonly<ShallowRef<AppClient['socket']>>
  readonly snapshot: Readonly<Ref<ConnectionSnapshot>>
  readonly session: Readonly<Ref<SessionSnapshot>>
  /** The states when the client was given to the app; a server renders them. */
  readonly first: FirstStates
}

/** The states of a client that pages rendered by a server show. */
interface FirstStates {
  readonly snapshot: ConnectionSnapshot
  readonly session: SessionSnapshot
  readonly outbox: OutboxSnapshot
}

/** The key under which `createYektaYar()` provides the client. */
export const realtimeKey: InjectionKey<Realtime> = Symbol('yektayar')

/**
 * Mirrors a client's state in refs, for the lifetime of the client. On a server, where a client may
 * outlive the request that it is rendered for, the refs keep what they have at first.
 */
export function createRealtime(client: AppClient): Realtime {
  const socket = shallowRef(client.socket)
  if (isBrowser()) {
    client.subscribe(() => {
      socket.value = client.socket
    })
  }
  return {
    client,
    socket: shallowReadonly(socket),
    snapshot: mirror(client),
    session: mirror(client.session),
    first: {
      snapshot: client.getSnapshot(),
      session: client.session.getSnapshot(),
      outbox: client.outbox.getSnapshot(),
    },
  }
}

/**
 * A state as a ref; on a server, the state as it is now.
 *
 * @param onCleanup gets what ends the subscription; without it, the ref lives as long as the state
 */
export function mirror<Snapshot>(
  { getSnapshot, subscribe }: ReadableState<Snapshot>,
  onCleanup: (stop: Unsubscribe) => void = () => undefined,
): Readonly<ShallowRef<Snapshot>> {
  const ref = shallowRef(getSnapshot())
  if (isBrowser()) {
    onCleanup(
      subscribe((snapshot) => {
        ref.value = snapshot
      }),
    )
  }
  return ref
}

/** Whether this code runs in a browser; elsewhere (SSR) a render must not use the network. */
export function isBrowser(): boolean {
  return typeof window !== 'undefined'
}

/**
 * Returns what `createYektaYar()` has provided, with its states as the current component may show them.
 *
 * @throws {Error} outside of an app that uses it, after an `await`, and in event handlers
 */
export function useRealtime(): Realtime {
  if (!hasInjectionContext()) {
    throw new Error(
      'Vue knows no app here: call it in setup, before the first await; elsewhere, such as in an event ' +
        'handler, inside app.runWithContext()',
    )
  }
  const realtime = inject(realtimeKey, undefined)
  if (realtime) {
    const { snapshot, session, first } = realtime
    return {
      ...realtime,
      snapshot: heldWhileHydrating(snapshot, first.snapshot),
      session: heldWhileHydrating(session, first.session),
    }
  }
  throw new Error('No YektaYar client here: call app.use(createYektaYar({ url })) first')
}
