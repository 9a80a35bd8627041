import type { Credentials } from '@yektayar/protocol'
import { readAccount } from './signInAnswers.js'

/** Characters that an app may ignore in a name: spaces, marks and invisible characters. */
const INSIGNIFICANT = /[\p{Z}\p{C}\p{M}]/gu
const DIGIT = /\p{Nd}/gu

/**
 * The accounts that credentials may belong to, normalized so that attempts can be counted. All usual
 * fields count, since an app may read any of them: an attacker could otherwise add a second field to
 * be counted under another account.
 *
 * @param accountOf the app's own function, which replaces the usual fields
 */
export function accountsIn(
  credentials: Credentials,
  accountOf: ((credentials: Credentials) => string) | undefined,
): string[] {
  if (accountOf) return present([spelledOnce(readAccount(accountOf(credentials)))])
  const { username = '', email = '', phone = '' } = credentials
  return present([spelledOnce(username), spelledOnce(email), numberOf(phone)])
}

function present(accounts: readonly string[]): string[] {
  return [...new Set(accounts)].filter((account) => account !== '')
}

/**
 * Normalizes a name for counting. Two accounts may share a normal form, but one account must not
 * have two: that would double its attempts.
 */
function spelledOnce(name: string): string {
  const spelled = name
    .normalize('NFKD')
    .toLowerCase()
    .toUpperCase() // which ı and i, ς and σ, ß and ss have in common
    .toLowerCase()
    .normalize('NFKD')
    .replace(INSIGNIFICANT, '')
    .replace(DIGIT, (digit) => String(valueOf(digit)))
  return spelled === '' ? name.trim() : spelled
}

function numberOf(phone: string): string {
  const spelled = spelledOnce(phone)
  const digits = spelled.replace(/[^0-9]/g, '').replace(/^0+/, '')
  return digits === '' ? spelled : digits
}

/** The value of a decimal digit. Unicode has the digits of every script in runs from zero to nine. */
function valueOf(digit: string): number {
  let value = 0
  let code = (digit.codePointAt(0) ?? 0) - 1
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code))) {
    value++
    code--
  }
  return value
}
