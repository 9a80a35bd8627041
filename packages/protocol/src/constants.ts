/** Version of the wire described in docs/PROTOCOL.md; raised when an older client could misread it. */
export const PROTOCOL_VERSION = 1

/** TCP port that REST and sockets share unless configured otherwise. */
export const DEFAULT_PORT = 3000

/** Where a client looks for the server unless it is told, or runs in a page that the server served. */
export const DEFAULT_URL = 'http://localhost:3000'

/** Absolute lifetime of a session, in days. */
export const SESSION_LIFETIME_DAYS = 30

/** Largest Socket.IO packet and HTTP body that a server takes unless configured otherwise, in bytes. */
export const MAX_PAYLOAD_BYTES = 64 * 1024

/** Largest metadata object of a session: bytes of its JSON in UTF-8. */
export const MAX_METADATA_BYTES = 2048

/** `POST`: answers with a new anonymous session's `{ token, expiresAt }`. */
export const SESSION_ACQUIRE_PATH = '/api/session/acquire'
