import type { ErrorCode } from '../realtimeTypes.js'

/** What can be done with the session on this page. */
export type SessionAction = 'signIn' | 'signOut' | 'renew' | 'end'

/** The result of an action; `replaced` when the session ended without one. */
export interface SessionOutcome {
  readonly action: SessionAction | 'replaced'
  /** Why it failed; `null` when it did not. */
  readonly code: ErrorCode | null
}

/** Failures that an action explains better than the general text, with the key of their text. */
const ownTexts = {
  'signIn:unauthorized': 'session.failures.wrongCredentials',
  'signIn:not_found': 'session.failures.noSignIn',
  'end:not_found': 'session.failures.alreadyOver',
} as const

/** The key of the text that says why an action failed. */
export function failureKey(action: SessionOutcome['action'], code: ErrorCode) {
  const name = `${action}:${code}`
  return name in ownTexts ? ownTexts[name as keyof typeof ownTexts] : (`reasons.${code}` as const) // checked
}
