/** The session of the connection that sent a command. */
export interface CommandSession {
  readonly id: string
  readonly userId: string | null
  readonly isLoggedIn: boolean
}
