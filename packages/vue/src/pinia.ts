import { defineStore } from 'pinia'
import { useSession } from './useSession.js'
import type { UseSessionReturn } from './useSession.js'
import { useSocket } from './useSocket.js'
import type { UseSocketReturn } from './useSocket.js'

/** The contents of the store. */
export interface SocketStore
  extends
    Pick<UseSocketReturn, 'status' | 'isConnected' | 'connect' | 'disconnect' | 'call'>,
    Pick<UseSessionReturn, 'expiresAt' | 'userId' | 'isLoggedIn' | 'signIn' | 'signOut'> {
  readonly sessionState: UseSessionReturn['state']
}

const useStore = defineStore('yektayar-socket', (): SocketStore => {
  const { status, isConnected, connect, disconnect, call } = useSocket()
  const { state: sessionState, expiresAt, userId, isLoggedIn, signIn, signOut } = useSession()
  return {
    status,
    isConnected,
    sessionState,
    expiresAt,
    userId,
    isLoggedIn,
    connect,
    disconnect,
    call,
    signIn,
    signOut,
  }
})

/**
 * The app's connection and session as a Pinia store, with the same state as the composables.
 *
 * @throws {Error} before the app uses `createYektaYar()`; later it works
 */
export const useSocketStore: typeof useStore = Object.assign(
  (...args: Parameters<typeof useStore>) => {
    try {
      return useStore(...args)
    } catch (error) {
      useStore(...args).$dispose() // Pinia keeps the store whose setup has failed
      throw error
    }
  },
  { $id: useStore.$id },
)
