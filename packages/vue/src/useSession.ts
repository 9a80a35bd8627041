import type { CallOptions, SessionState } from '@yektayar/client'
import type { Credentials, SessionSummary } from '@yektayar/protocol'
import { computed } from 'vue'
import type { ComputedRef } from 'vue'
import { isBrowser, useRealtime } from './realtime.js'

/** What `useSession` returns. The functions reject as those of `client.session` do. */
export interface UseSessionReturn {
  readonly state: ComputedRef<SessionState>
  /** When the session ends, in ISO 8601; `null` while there is none. */
  readonly expiresAt: ComputedRef<string | null>
  /** Who is signed in; `null` for nobody, and until the server has told. */
  readonly userId: ComputedRef<string | null>
  readonly isLoggedIn: ComputedRef<boolean>
  /** Signs in: another session, with which the connection goes on. */
  signIn(this: void, credentials: Credentials, options?: CallOptions): Promise<void>
  /** Signs out: another session, with which the connection goes on. */
  signOut(this: void, options?: CallOptions): Promise<void>
  /** Gives the session a later end, which the client also does by itself in time. */
  renew(this: void, options?: CallOptions): Promise<void>
  /** The sessions of the same user, the most recently used first. */
  list(this: void, options?: CallOptions): Promise<SessionSummary[]>
  /** Ends this session, or with an id of `list()` another one of the same user. */
  end(this: void, id?: string, options?: CallOptions): Promise<void>
}

/** The session behind the app's connection; the token is not in it. */
export function useSession(): UseSessionReturn {
  const { client, session: view } = useRealtime()
  const { session } = client
  return {
    state: computed(() => view.value.state),
    expiresAt: computed(() => view.value.expiresAt),
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
      // A template's `@click="end"` hands over its event.
      if (isBrowser()) await session.end(typeof id === 'string' ? id : undefined, options)
    },
  }
}
