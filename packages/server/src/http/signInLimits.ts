import { createHash } from 'node:crypto'
import type { Credentials } from '@yektayar/protocol'
import { countedAddress } from '../shared/clientAddress.js'
import type { LimitName, Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { rateLimited } from '../shared/rateLimit.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import { createWindowLimit } from '../shared/windowLimit.js'
import type { WindowLimit } from '../shared/windowLimit.js'
import { accountsIn } from './accounts.js'
import { createFailureBudget } from './failureBudget.js'
import { createKnownSessions } from './knownSessions.js'

/** One attempt to sign in. */
interface SignInTry {
  readonly sessionId: string
  /** The peer's address; an IPv6 address is counted by its /64 network. */
  readonly address: string
  readonly credentials: Credentials
}

/** The limits on failed sign-ins. */
export interface SignInLimits {
  /**
   * Runs one check of credentials within the limits. It is charged before it runs, so that parallel
   * attempts cannot exceed a limit. Only a check that resolves with a user's id is given back.
   *
   * @throws {CommandError} `rate_limited` with `{ retryAfterMs }`, without having run the check
   */
  run(
    attempt: SignInTry,
    check: () => string | null | Promise<string | null>,
  ): Promise<string | null>
  /** Records that a session continues under another id, and keeps its known accounts. */
  continued(sessionId: string, nextId: string): void
}

/** What `createSignInLimits()` needs. */
export interface SignInLimitsDeps {
  /** The app's own function for the account of credentials. */
  accountOf: ((credentials: Credentials) => string) | undefined
  limits: Limits
  metrics: Metrics
  logRefusal: RefusalLog
}

/** One limit that an attempt is charged to. */
interface Charge {
  readonly name: LimitName
  readonly limit: WindowLimit
  readonly key: string
}

/** Creates the limits. They are kept in memory, so a restart resets them. */
export function createSignInLimits({
  accountOf,
  limits,
  metrics,
  logRefusal,
}: SignInLimitsDeps): SignInLimits {
  const budgets = createBudgets(limits)
  const { byAddress } = budgets
  const known = createKnownSessions(limits.maxCounted)

  function refuse({ address }: SignInTry, limit: LimitName, retryAfterMs: number): never {
    metrics.refused(limit)
    const key = `${limit} ${countedAddress(address)}`
    logRefusal(key, { address, limit, max: limits[limit] }, 'sign-in refused by a limit')
    throw rateLimited('failed sign-ins', retryAfterMs, limit)
  }

  /** Charges all limits, or none and throws. */
  function takeAll(attempt: SignInTry, charges: readonly Charge[]): void {
    for (const [index, { name, limit, key }] of charges.entries()) {
      const retryAfterMs = limit.take(key)
      if (retryAfterMs === 0) continue
      giveAllBack(charges.slice(0, index))
      refuse(attempt, name, retryAfterMs)
    }
  }

  return {
    async run(attempt, check) {
      const { address, credentials, sessionId } = attempt
      const network = countedAddress(address)
      const accounts = accountsIn(credentials, accountOf).map(digest)
      const isKnown =
        accounts.length > 0 &&
        accounts.every((account) => known.deviceOf(sessionId, account) !== undefined)
      // Failed attempts of strangers at an address must not lock out known sessions there.
      const place = isKnown ? `known ${network}` : network
      const retryAfterMs = await byAddress.reserve(place)
      if (retryAfterMs > 0) refuse(attempt, 'signInsPerAddressPerMinute', retryAfterMs)
      let isCounted = false
      try {
        const charges = accounts.flatMap((account) =>
          chargesFor(budgets, account, network, known.deviceOf(sessionId, account)),
        )
        takeAll(attempt, charges)
        isCounted = true // a check that throws counts as failed
        const userId = await check()
        if (typeof userId !== 'string') return userId
        isCounted = false
        giveAllBack(charges)
        // With several names, only the app knows which one was verified, so none is remembered.
        if (accounts.length === 1) known.add(sessionId, accounts)
        return userId
      } finally {
        byAddress.settle(place, isCounted)
      }
    },
    continued: known.continued,
  }
}

type Budgets = ReturnType<typeof createBudgets>

function createBudgets(limits: Limits) {
  const per = (name: LimitName, seconds: number): WindowLimit =>
    createWindowLimit({
      count: limits[name],
      windowMs: seconds * 1_000,
      maxKeys: limits.maxCounted,
    })
  return {
    byAddress: createFailureBudget({
      limit: per('signInsPerAddressPerMinute', 60),
      maxWaiting: limits.signInsWaitingPerAddress,
    }),
    byAccountAndAddress: per('signInsPerAccountAndAddressPerMinute', 60),
    byAccount: per('signInsPerAccountPerMinute', 60),
    byAccountAndHour: per('signInsPerAccountPerHour', 3_600),
    byKnown: per('signInsPerKnownSessionPerMinute', 60),
  }
}

/** The limits to charge. A device that has signed in to the account before has its own limits. */
function chargesFor(
  { byAccountAndAddress, byAccount, byAccountAndHour, byKnown }: Budgets,
  account: string,
  network: string,
  device: string | undefined,
): Charge[] {
  if (device !== undefined) {
    const key = `${account} ${device}`
    return [
      { name: 'signInsPerAccountPerHour', limit: byAccountAndHour, key },
      { name: 'signInsPerKnownSessionPerMinute', limit: byKnown, key },
    ]
  }
  const key = `${account} ${network}`
  return [
    { name: 'signInsPerAccountPerHour', limit: byAccountAndHour, key: account },
    { name: 'signInsPerAccountPerMinute', limit: byAccount, key: account },
    { name: 'signInsPerAccountAndAddressPerMinute', limit: byAccountAndAddress, key },
  ]
}

function giveAllBack(charges: readonly Charge[]): void {
  for (const { limit, key } of charges) limit.giveBack(key)
}

/** Hashes an account, so that keys are short and memory holds no personal data. */
function digest(account: string): string {
  return createHash('sha256').update(account).digest('base64url')
}
