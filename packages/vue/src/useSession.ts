import type { CallOptions, SessionState } from '@yektayar/client'
import type { Credentials, SessionSummary } from '@yektayar/protocol'
import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import { isBrowser, useRealtime } from './realtime.js'

/** What `useSession` returns. The functions reject like those of `client.session`. */
export interface UseSessionReturn {
  readonly state: ComputedRef<SessionState>
  /** When the session expires, in ISO 8601; `null` if there is none. */
  readonly expiresAt: ComputedRef<string | null>
  /** The id of the session; `null` if there is none, or it is not known yet. */
  readonly id: ComputedRef<string | null>
  /** The id of the signed-in user; `null` if nobody is signed in, or it is not known yet. */
  readonly userId: ComputedRef<string | null>
  readonly isLoggedIn: ComputedRef<boolean>
  /** Signs in. The connection continues with a new session. */
  signIn(this: void, credentials: Credentials, options?: CallOptions): Promise<void>
  /** Signs out. The connection continues with a new session. */
  signOut(this: void, options?: CallOptions): Promise<void>
  /** Gives the session a later expiry. The client also does this by itself in time. */
  renew(this: void, options?: CallOptions): Promise<void>
  /** The sessions of the same user, most recently used first. */
  list(this: void, options?: CallOptions): Promise<SessionSummary[]>
  /** Ends this session, or another session of the same user by its id. */
  end(this: void, id?: string, options?: CallOptions): Promise<void>
}

/** The session of the app's connection; it does not expose the token. */
export function useSession(): UseSessionReturn {
  const { client, session: view } = useRealtime()
  const { session } = client
  return {
    state: computed(() => view.value.state),
    expiresAt: computed(() => view.value.expiresAt),
    id: computed(() => view.value.id),
    userId: computed(() => view.value.userId),
    isLoggedIn: computed(() => view.value.isLoggedIn),
    signIn: async (credentials, options) => {
      if (isBrowser()) await session.signIn(credentials, options)
    },
    signOut: async (options) => {
      if (isBrowser()) await session.signOut(options)
    },
    renew: async (options) => {
      if (isBrowser()) await session.renew(options)
    },
    list: async (options) => (isBrowser() ? session.list(options) : []),
    end: async (id: unknown, options) => {
      // A template's `@click="end"` passes its event.
      if (isBrowser()) await session.end(typeof id === 'string' ? id : undefined, options)
    },
  }
}
