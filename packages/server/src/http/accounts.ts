import type { Credentials } from '@yektayar/protocol'
import { readAccount } from './signInAnswers.js'

/** What an app may ignore in a name: spaces, marks, and characters without a shape. */
const INSIGNIFICANT = /[\p{Z}\p{C}\p{M}]/gu
const DIGIT = /\p{Nd}/gu

/**
 * The accounts that credentials may be for, in the one spelling by which tries are counted. Every
 * usual field counts, since an app may read any of them: one more in the same request must not take
 * the place of the one that is tried.
 *
 * @param accountOf the app's own way, which replaces the usual fields
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

/** Rather one spelling for two accounts than two for one: nothing but counting depends on it. */
function spelledOnce(name: string): string {
  const spelled = name
    .normalize('NFKD')
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

/** Decimal digits of every script come in runs of ten that begin with zero. */
function valueOf(digit: string): number {
  let value = 0
  let code = (digit.codePointAt(0) ?? 0) - 1
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code))) {
    value++
    code--
  }
  return value
}
