import type { ClientSession, ConnectionSnapshot } from '@yektayar/client'
import { hasInjectionContext, inject, shallowReadonly, shallowRef } from 'vue'
import type { InjectionKey, ShallowRef } from 'vue'
import type { AppClient } from './register.js'

/** The parts of a session that a component shows. */
type SessionView = Pick<ClientSession, 'state' | 'expiresAt' | 'userId' | 'isLoggedIn'>

/** A client and its state as refs, shared by all components of an app. */
export interface Realtime {
  readonly client: AppClient
  readonly socket: Readonly<ShallowRef<AppClient['socket']>>
  readonly snapshot: Readonly<ShallowRef<ConnectionSnapshot>>
  readonly session: Readonly<ShallowRef<SessionView>>
}

/** The key under which `createYektaYar()` provides the client. */
export const realtimeKey: InjectionKey<Realtime> = Symbol('yektayar')

/**
 * Mirrors a client's state in refs, for the lifetime of the client. On a server, where a client may
 * outlive the request that it is rendered for, the refs keep what they have at first.
 */
export function createRealtime(client: AppClient): Realtime {
  const socket = shallowRef(client.socket)
  const snapshot = shallowRef(client.snapshot)
  const session = shallowRef(viewOf(client.session))
  if (isBrowser()) {
    client.onStatus((change) => {
      socket.value = client.socket
      snapshot.value = change.snapshot
    })
    client.session.onChange((changed) => {
      session.value = viewOf(changed)
    })
  }
  return {
    client,
    socket: shallowReadonly(socket),
    snapshot: shallowReadonly(snapshot),
    session: shallowReadonly(session),
  }
}

/** Whether this code runs in a browser; elsewhere (SSR) a render must not use the network. */
export function isBrowser(): boolean {
  return typeof window !== 'undefined'
}

/**
 * Returns what `createYektaYar()` has provided.
 *
 * @throws {Error} outside of an app that uses it, after an `await`, and in event handlers
 */
export function useRealtime(): Realtime {
  if (!hasInjectionContext()) {
    throw new Error(
      'Vue does not know here which app this is for: call it in setup, before the first await, and not ' +
        'in an event handler; elsewhere inside of app.runWithContext()',
    )
  }
  const realtime = inject(realtimeKey, undefined)
  if (realtime) return realtime
  throw new Error('No YektaYar client here: call app.use(createYektaYar({ url })) first')
}

function viewOf({ state, expiresAt, userId, isLoggedIn }: ClientSession): SessionView {
  return Object.freeze({ state, expiresAt, userId, isLoggedIn })
}
