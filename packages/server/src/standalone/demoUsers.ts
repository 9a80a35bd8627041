import type { Authenticate } from '../http/signInRoutes.js'
import { isLoopback } from '../shared/originPolicy.js'
import type { Config } from './config.js'

/** The demo's users with their passwords, which the demo page shows, as argon2id keeps them. */
const users: ReadonlyMap<string, string> = new Map([
  [
    'sara',
    '$argon2id$v=19$m=19456,t=2,p=1$TtDwSS5w7IGjBpzkArlvjw$L6H9Jv4BWBRKfqPkqwe853qvViubUDLatT8zYnIf2mk',
  ],
  [
    'omid',
    '$argon2id$v=19$m=19456,t=2,p=1$9w5CvvzrZ032wwFeXN9Lfw$RC0u7ITrsqkBIo+GeuXseAGaluPkiEGRUJEIaNoTCE0',
  ],
])

/** What a password is held against where there is no such user, so that both take as long. */
const DECOY =
  '$argon2id$v=19$m=19456,t=2,p=1$MdBw8IK1AfWe0yzO/rMLwQ$XRRkR1Ig09g95tmXa2LFOyfGj1sJUeA8J+uttbL9O/0'

/**
 * Whether the users of the demo may exist, whose passwords everybody knows: outside production,
 * where they are asked for, or where nobody but this machine reaches the server.
 *
 * @param nodeEnv as it is set; unset, it counts as production
 */
export function wantsDemoUsers(config: Config, nodeEnv: string | undefined): boolean {
  if (nodeEnv !== 'development' && nodeEnv !== 'test') return false
  if (config.DEMO !== undefined) return config.DEMO
  const isReachable = !isLoopback(config.HOST)
  const isPublished = config.TRUST_PROXY.length > 0 || config.PUBLIC_URL.length > 0
  return nodeEnv === 'development' && !isReachable && !isPublished
}

/** Signs in the users of the demo. For development only: everybody knows their passwords. */
export const authenticateDemoUser: Authenticate = async ({ username = '', password = '' }) => {
  // Loaded on the first sign-in, since a server may well see none; it hashes in a thread of its own.
  const { verify } = await import('@node-rs/argon2')
  const name = username.trim().toLowerCase()
  const hash = users.get(name)
  const isRight = await verify(hash ?? DECOY, password)
  return hash !== undefined && isRight ? name : null
}
