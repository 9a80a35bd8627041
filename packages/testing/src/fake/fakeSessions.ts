import { SESSION_LIFETIME_DAYS } from '@yektayar/protocol'
import type { AcquiredSession, ChangedSession, SessionMetadata } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import { randomId } from './randomId.js'
import { errorOf } from './refusal.js'

const DAY_MS = 24 * 60 * 60_000

/** How long the old token stays valid after a renewal. */
const RENEWED_TOKEN_GRACE_MS = 60_000

/** The session of the connection that sent a command. */
export interface FakeCaller {
  readonly id: string
  readonly userId: string | null
  readonly isLoggedIn: boolean
}

/** A session of the fake server; times are in milliseconds since 1970. */
export interface FakeSession {
  readonly id: string
  readonly userId: string | null
  readonly metadata: SessionMetadata
  readonly createdAt: number
  expiresAt: number
}

/** A token, and until when it is valid. */
interface FakeToken {
  readonly session: FakeSession
  validUntil: number
}

/** The sessions of a fake server, and their tokens. */
export class FakeSessions {
  readonly #tokens = new Map<string, FakeToken>()

  acquire(metadata: SessionMetadata = {}, userId: string | null = null): AcquiredSession {
    const createdAt = Date.now()
    return this.#issue({ id: randomId(), userId, metadata, createdAt, expiresAt: 0 })
  }

  /**
   * The session of a token.
   *
   * @throws {YektaYarError} `token_invalid`
   */
  require(token: unknown): FakeSession {
    const found = this.#tokens.get(String(token))
    if (!found || Math.min(found.validUntil, found.session.expiresAt) <= Date.now()) {
      throw errorOf(refusals.tokenInvalid)
    }
    return found.session
  }

  /** Whether a session is still valid. */
  has(session: FakeSession): boolean {
    return this.#all().has(session)
  }

  /** The sessions of a session's user; the given one first. */
  ofSameUser(own: FakeSession): FakeSession[] {
    const isOther = (session: FakeSession): boolean =>
      session !== own && own.userId !== null && session.userId === own.userId
    return [own, ...[...this.#all()].filter(isOther)]
  }

  /** Gives a session a new token and a later expiry. The old token works one minute longer. */
  renew(session: FakeSession, presented: string): AcquiredSession {
    const before = this.#tokens.get(presented)
    if (before) before.validUntil = Date.now() + RENEWED_TOKEN_GRACE_MS
    return this.#issue(session)
  }

  /**
   * Sets or removes the user of a session, and replaces all its tokens by a new one. A change of
   * user starts another session.
   */
  changeUser(
    before: FakeSession,
    userId: string | null,
  ): { session: FakeSession; changed: ChangedSession } {
    this.end(before)
    const isSame = before.userId === userId
    const session = isSame ? before : { ...before, id: randomId(), userId, createdAt: Date.now() }
    return { session, changed: { ...this.#issue(session), id: session.id, userId } }
  }

  /** Ends a session by removing all its tokens. */
  end({ id }: FakeSession): void {
    for (const [token, { session }] of this.#tokens) {
      if (session.id === id) this.#tokens.delete(token)
    }
  }

  /** Forgets all sessions, as another store does. */
  clear(): void {
    this.#tokens.clear()
  }

  #all(): Set<FakeSession> {
    const sessions = Array.from(this.#tokens.values(), ({ session }) => session)
    return new Set(sessions.filter(({ expiresAt }) => expiresAt > Date.now()))
  }

  #issue(session: FakeSession): AcquiredSession {
    const token = `fake_${randomId()}`
    session.expiresAt = Date.now() + SESSION_LIFETIME_DAYS * DAY_MS
    this.#tokens.set(token, { session, validUntil: Infinity })
    return { token, expiresAt: new Date(session.expiresAt).toISOString() }
  }
}

/** A session as a handler gets it. */
export function callerOf({ id, userId }: FakeSession): FakeCaller {
  return { id, userId, isLoggedIn: userId !== null }
}
