import { CommandError } from './commandError.js'

/** The longest password that is hashed, in characters; longer ones only cost time. */
const MAX_PASSWORD_LENGTH = 1_024

/** The longest hash that is read, in characters; one of `hashPassword` has about 100. */
const MAX_HASH_LENGTH = 512

/** The hash of no password, to verify against for an unknown user: it takes as long as a real one. */
const DECOY =
  '$argon2id$v=19$m=19456,t=2,p=1$MdBw8IK1AfWe0yzO/rMLwQ$XRRkR1Ig09g95tmXa2LFOyfGj1sJUeA8J+uttbL9O/0'

/**
 * Hashes a password with argon2id (19 MiB, 2 passes), in another thread. The result has its own salt and
 * parameters: keep it as it is.
 *
 * @throws {CommandError} `invalid_input` for a password that is empty or longer than 1,024 characters
 */
export async function hashPassword(password: string): Promise<string> {
  if (typeof password !== 'string' || password === '' || password.length > MAX_PASSWORD_LENGTH) {
    const allowed = `1 to ${String(MAX_PASSWORD_LENGTH)} characters`
    throw new CommandError('invalid_input', `A password has ${allowed}`)
  }
  const { hash } = await loadArgon2()
  return hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }) // argon2id by default
}

/**
 * Whether a password is the one that was hashed. Takes the same time without a hash, so that the time of a
 * refusal does not tell whether there is such a user. Runs in another thread.
 *
 * @param hash as `hashPassword` returned it; `undefined` or `null` for an unknown user
 * @param password as it was typed; anything but a text of up to 1,024 characters is wrong
 */
export async function verifyPassword(
  hash: string | null | undefined,
  password: string | undefined,
): Promise<boolean> {
  const { verify } = await loadArgon2()
  const given = typeof password === 'string' && password.length <= MAX_PASSWORD_LENGTH
  const known =
    typeof hash === 'string' && hash.startsWith('$argon2') && hash.length <= MAX_HASH_LENGTH
  const isRight = await verify(known ? hash : DECOY, given ? password : '').catch(() => false)
  return known && given && isRight
}

/** Loaded at the first use, since many servers never see a password. */
function loadArgon2(): Promise<typeof import('@node-rs/argon2')> {
  return import('@node-rs/argon2')
}
