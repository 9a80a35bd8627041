const PASSWORD = 'correct horse'

/** Server options with which any user name can sign in by the one password. */
export const signingIn = {
  authenticate: ({ username = '', password }: Record<string, string>) =>
    password === PASSWORD ? `user-${username}` : null,
}

/** The credentials of a sign-in. */
export function credentialsOf(username: string, password = PASSWORD) {
  return { username, password }
}
