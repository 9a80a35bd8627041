import { useSession, useSocket } from '@yektayar/vue'
import { useDocumentVisibility } from '@vueuse/core'
import { inject, onScopeDispose, provide, shallowReadonly, shallowRef, watch } from 'vue'
import type { InjectionKey, ShallowRef } from 'vue'
import type { CommandError, ErrorCode, SessionSummary } from '../realtimeTypes.js'

/** What `useSessionList` returns. */
export interface UseSessionListReturn {
  readonly sessions: Readonly<ShallowRef<readonly SessionSummary[]>>
  readonly isLoading: Readonly<ShallowRef<boolean>>
  /** Why the newest attempt to list the sessions failed. */
  readonly failure: Readonly<ShallowRef<ErrorCode | null>>
  /** Asks the server again. */
  load(this: void): Promise<void>
}

const sessionListKey: InjectionKey<UseSessionListReturn> = Symbol('session-list')

/**
 * Provides the sessions of the page's user to all components below. It asks for them at each
 * connection, for each user, and when the page becomes visible, because the server sends no events
 * about changes to other sessions.
 */
export function provideSessionList(): UseSessionListReturn {
  const { list, state, userId } = useSession()
  const { isConnected } = useSocket()
  const visibility = useDocumentVisibility()
  const sessions = shallowRef<readonly SessionSummary[]>([])
  const isLoading = shallowRef(false)
  const failure = shallowRef<ErrorCode | null>(null)
  let current: AbortController | undefined

  async function load(): Promise<void> {
    current?.abort()
    const own = (current = new AbortController())
    isLoading.value = true
    let code: ErrorCode | null = null
    try {
      const found = await list({ signal: own.signal })
      if (current === own) sessions.value = found
    } catch (cause) {
      code = (cause as CommandError).code // it rejects only with this
    }
    if (current !== own) return
    failure.value = code
    isLoading.value = false
  }

  watch(
    () => isConnected.value && visibility.value === 'visible' && [userId.value],
    (isWanted) => {
      if (isWanted) void load()
    },
    { immediate: true },
  )
  watch(state, (current) => {
    if (current === 'none' || current === 'ended') sessions.value = []
  })
  onScopeDispose(() => {
    current?.abort()
    current = undefined
  })
  const sessionList = {
    sessions: shallowReadonly(sessions),
    isLoading: shallowReadonly(isLoading),
    failure: shallowReadonly(failure),
    load,
  }
  provide(sessionListKey, sessionList)
  return sessionList
}

/**
 * The sessions of the page's user.
 *
 * @throws {Error} outside the component that provides them
 */
export function useSessionList(): UseSessionListReturn {
  const sessionList = inject(sessionListKey, undefined)
  if (sessionList) return sessionList
  throw new Error('No session list here: call provideSessionList() in a component above')
}
