import { hash, randomBytes } from 'node:crypto'

const TOKEN_BYTES = 32
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/

/** A fresh token: 32 random bytes as 43 characters of base64url. */
export function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** Whether a value has the form of a token, so that nothing else reaches the store. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN_FORM.test(value)
}

/** The stored form of a token: SHA-256 in hex. Tokens are random, so no salt is needed. */
export function hashToken(token: string): string {
  return hash('sha256', token)
}
