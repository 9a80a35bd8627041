const PASSWORD = 'correct horse'

/** The options of a server on which everybody can sign in who has the password. */
export const signingIn = {
  authenticate: ({ username = '', password }: Record<string, string>) =>
    password === PASSWORD ? `user-${username}` : null,
}

/** What somebody signs in with. */
export function credentialsOf(username: string, password = PASSWORD) {
  return { username, password }
}
