import { createHash } from 'node:crypto'
import type { Credentials } from '@yektayar/protocol'
import { countedAddress } from '../shared/clientAddress.js'
import type { LimitName, Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { rateLimited } from '../shared/rateLimit.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import type { KnownSessions } from '../store/knownSessions.js'
import type { LimitCharge, StrictLimits } from '../store/strictLimits.js'
import { accountsIn } from './accounts.js'
import { createFailureBudget } from './failureBudget.js'
import type { Charges } from './failureBudget.js'

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
   * @throws {CommandError} `rate_limited` with `{ retryAfterMs }` or `store_unavailable`, without having
   * run the check
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
  strictLimits: StrictLimits
  knownSessions: KnownSessions
  limits: Limits
  metrics: Metrics
  logRefusal: RefusalLog
}

/** Creates the limits. */
export function createSignInLimits({
  accountOf,
  strictLimits,
  knownSessions: known,
  limits,
  metrics,
  logRefusal,
}: SignInLimitsDeps): SignInLimits {
  const budget = createFailureBudget({
    limits: strictLimits,
    maxWaiting: limits.signInsWaitingPerAddress,
  })

  function refuse({ address }: SignInTry, limit: LimitName, retryAfterMs: number): never {
    metrics.refused(limit)
    const key = `${limit} ${countedAddress(address)}`
    logRefusal(key, { address, limit, max: limits[limit] }, 'sign-in refused by a limit')
    throw rateLimited('failed sign-ins', retryAfterMs, limit)
  }

  async function remember(sessionId: string, account: string): Promise<void> {
    try {
      await known.add(sessionId, account)
    } catch {
      // The credentials are right, so what fails is what comes next, if the store is out of reach.
    }
  }

  return {
    async run(attempt, check) {
      const { address, credentials, sessionId } = attempt
      const network = countedAddress(address)
      const accounts = accountsIn(credentials, accountOf).map(digest)
      const device = accounts.length > 0 ? await known.find(sessionId) : undefined
      const isKnown = device !== undefined && accounts.every(device.knows)
      // Failed attempts of strangers at an address must not lock out known sessions there.
      const place = isKnown ? `known ${network}` : network
      const charges: Charges = [
        charge('signInsPerAddressPerMinute', place),
        ...accounts.flatMap((account) =>
          chargesFor(account, network, device?.knows(account) ? device.id : undefined),
        ),
      ]
      const outcome = await budget.reserve(charges)
      if ('refusal' in outcome) {
        refuse(attempt, outcome.refusal.charge.name, outcome.refusal.retryAfterMs)
      }
      let hasFailed = true // also where the check throws
      try {
        const userId = await check()
        if (typeof userId !== 'string') return userId
        hasFailed = false
        // With several names, only the app knows which one was verified, so none is remembered.
        const [only, ...others] = accounts
        if (only !== undefined && others.length === 0) await remember(sessionId, only)
        return userId
      } finally {
        // If the store fails, the attempt stays charged; what it was for needs the store as well.
        await budget.settle(charges, outcome.receipt, hasFailed).catch(() => undefined)
      }
    },
    continued: known.continued,
  }
}

/** The limits to charge. A device that has signed in to the account before has its own limits. */
function chargesFor(account: string, network: string, device: string | undefined): LimitCharge[] {
  if (device !== undefined) {
    const key = `${account} ${device}`
    return [charge('signInsPerAccountPerHour', key), charge('signInsPerKnownSessionPerMinute', key)]
  }
  return [
    charge('signInsPerAccountPerHour', account),
    charge('signInsPerAccountPerMinute', account),
    charge('signInsPerAccountAndAddressPerMinute', `${account} ${network}`),
  ]
}

function charge(name: LimitName, key: string): LimitCharge {
  const windowMs = name === 'signInsPerAccountPerHour' ? 3_600_000 : 60_000
  return { name, key, windowMs, kind: 'window' }
}

/** Hashes an account, so that keys are short and memory holds no personal data. */
function digest(account: string): string {
  return createHash('sha256').update(account).digest('base64url')
}
