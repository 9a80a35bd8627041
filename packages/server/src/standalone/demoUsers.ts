import type { Authenticate } from '../http/signInRoutes.js'
import { isLoopback } from '../shared/originPolicy.js'
import { verifyPassword } from '../shared/passwords.js'
import type { Config } from './config.js'

/** The demo users and the argon2id hashes of their passwords, which the demo page shows. */
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

/**
 * Whether to enable the demo users, whose passwords are public. Never in production; otherwise if
 * they are asked for, or in development if only this machine can reach the server.
 *
 * @param nodeEnv the value of NODE_ENV; unset counts as production
 */
export function wantsDemoUsers(config: Config, nodeEnv: string | undefined): boolean {
  if (nodeEnv !== 'development' && nodeEnv !== 'test') return false
  if (config.DEMO !== undefined) return config.DEMO
  const isReachable = !isLoopback(config.HOST)
  const isPublished = config.TRUST_PROXY.length > 0 || config.PUBLIC_URL.length > 0
  return nodeEnv === 'development' && !isReachable && !isPublished
}

/** Signs in the demo users. For development only: their passwords are public. */
export const authenticateDemoUser: Authenticate = async ({ username = '', password = '' }) => {
  const name = username.trim().toLowerCase()
  return (await verifyPassword(users.get(name), password)) ? name : null
}
