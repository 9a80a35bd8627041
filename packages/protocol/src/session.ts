import { z } from 'zod'

/** Flat facts about the client that an app attaches to a session: at most 2 KB of JSON. */
export const SessionMetadata = z.record(
  z.string().max(64),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
)
export type SessionMetadata = z.infer<typeof SessionMetadata>

/** Body of `POST /api/session/acquire`. */
export const AcquireSession = z.object({ metadata: SessionMetadata.optional() })
export type AcquireSession = z.infer<typeof AcquireSession>

/** A fresh session: its token, shown this once, and when it ends (ISO 8601). */
export const AcquiredSession = z.object({ token: z.string(), expiresAt: z.iso.datetime() })
export type AcquiredSession = z.infer<typeof AcquiredSession>

/** A session as its owner sees it: everything but the token. Times are ISO 8601. */
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
