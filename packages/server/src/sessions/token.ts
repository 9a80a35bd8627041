import { hash, randomBytes } from 'node:crypto'

const TOKEN_BYTES = 32
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/

/** A fresh token: 32 random bytes as 43 characters of base64url. */
export function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** Tells whether a value could be a token at all, so that junk never reaches the store. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN_FORM.test(value)
}

/** What the store keeps of a token: SHA-256 in hex. The token has full entropy, so no salt is needed. */
export function hashToken(token: string): string {
  return hash('sha256', token)
}
