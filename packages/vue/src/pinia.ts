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

/** The app's connection and session as a Pinia store, with the same state as the composables. */
export const useSocketStore = defineStore('yektayar-socket', (): SocketStore => {
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
