/** Who calls: the session behind the connection. */
export interface CommandSession {
  readonly id: string
  readonly userId: string | null
  readonly isLoggedIn: boolean
}
