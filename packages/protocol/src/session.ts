import { z } from 'zod'

/** A flat object that an app attaches to a session, at most 2 KB of JSON. */
export const SessionMetadata = z.record(
  z.string().max(64),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
)
export type SessionMetadata = z.infer<typeof SessionMetadata>

/** Body of `POST /api/session/acquire`. */
export const AcquireSession = z.object({ metadata: SessionMetadata.optional() })
export type AcquireSession = z.infer<typeof AcquireSession>

/** A new session: its token, which is shown only once, and its expiry (ISO 8601). */
export const AcquiredSession = z.object({ token: z.string(), expiresAt: z.iso.datetime() })
export type AcquiredSession = z.infer<typeof AcquiredSession>

/** Longest value of credentials, in characters: room for a token of an identity provider. */
const MAX_CREDENTIAL_LENGTH = 8_192

/**
 * What a sign-in sends: names of at most 64 characters, values of at most 8,192. Which fields an app's
 * own check wants is up to the app.
 */
export const Credentials = z.record(z.string().max(64), z.string().max(MAX_CREDENTIAL_LENGTH))
export type Credentials = z.infer<typeof Credentials>

/** The maximum length of a Socket.IO id in a request. */
const MAX_SOCKET_ID_LENGTH = 64

/**
 * Body of a sign-in: the credentials, and `socketId`, the connection that continues with the new
 * session. All other connections are closed.
 */
export const SignIn = Credentials.refine(
  ({ socketId = '' }) => socketId.length <= MAX_SOCKET_ID_LENGTH,
  { path: ['socketId'], message: 'Too long' },
)
export type SignIn = z.infer<typeof SignIn>

/** Body of a sign-out: the connection that continues. All other connections are closed. */
export const SignOut = z.object({ socketId: z.string().max(MAX_SOCKET_ID_LENGTH).optional() })
export type SignOut = z.infer<typeof SignOut>

/**
 * A session after a sign-in or sign-out, with the token that replaces all earlier ones. After a
 * change of the user it is another session with another `id`.
 */
export const ChangedSession = AcquiredSession.extend({
  id: z.string(),
  userId: z.string().nullable(),
})
export type ChangedSession = z.infer<typeof ChangedSession>

/** A session as its owner sees it, without the token. Times are ISO 8601. */
export const Session = z.object({
  id: z.string(),
  userId: z.string().nullable(),
  isLoggedIn: z.boolean(),
  metadata: SessionMetadata,
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  lastActivityAt: z.iso.datetime(),
})
export type Session = z.infer<typeof Session>

/** One of the sessions of the caller's user. Times are ISO 8601. */
export const SessionSummary = Session.omit({ isLoggedIn: true, userId: true }).extend({
  /** Whether it is the session of the request. */
  isCurrent: z.boolean(),
})
export type SessionSummary = z.infer<typeof SessionSummary>

/** Event `session:changed`: the user of this connection has changed; the connection continues. */
export const SessionChanged = z.object({
  userId: z.string().nullable(),
  isLoggedIn: z.boolean(),
  /** The id of the session with which the connection goes on. */
  sessionId: z.string(),
})
export type SessionChanged = z.infer<typeof SessionChanged>

/**
 * Why a session, or only this connection (`replaced`), ended. After `changed`, a session continues
 * with another token, which only the client that signed in or out has.
 */
export const sessionEndCodes = ['changed', 'ended', 'expired', 'replaced'] as const
export type SessionEndCode = (typeof sessionEndCodes)[number]

/** Event `session:ended`: the last event of a connection; its token is invalid unless `replaced`. */
export const SessionEnded = z.object({ code: z.enum(sessionEndCodes) })
export type SessionEnded = z.infer<typeof SessionEnded>
