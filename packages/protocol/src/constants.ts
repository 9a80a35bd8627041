/** Version of the wire described in docs/PROTOCOL.md; raised when an older client could misread it. */
export const PROTOCOL_VERSION = 1

/** TCP port that REST and sockets share unless configured otherwise. */
export const DEFAULT_PORT = 3000

/** Where a client looks for the server unless it is told, or runs in a page that the server served. */
export const DEFAULT_URL = 'http://localhost:3000'

/** Lifetime of a session from its start, its last renewal or sign-in, in days. */
export const SESSION_LIFETIME_DAYS = 30

/** Days without a connection or call after which a session ends; 0 for never, so that its lifetime alone counts. */
export const SESSION_IDLE_DAYS = 0

/** Largest Socket.IO packet and HTTP body that a server takes unless configured otherwise, in bytes. */
export const MAX_PAYLOAD_BYTES = 64 * 1024

/** Deepest nesting of a command's input that a server takes unless configured otherwise. */
export const MAX_INPUT_DEPTH = 32

/** Most keys that all objects of a command's input may have unless a server is configured otherwise. */
export const MAX_INPUT_KEYS = 1_000

/** Largest metadata object of a session: bytes of its JSON in UTF-8. */
export const MAX_METADATA_BYTES = 2048

/** Longest name of a room, in characters. */
export const MAX_ROOM_NAME_LENGTH = 128

/** Most messages of one page of a room's history. */
export const MAX_HISTORY_PAGE = 200

/** Most items of one `outbox:deliver`. */
export const MAX_DELIVERY_ITEMS = 32

/** `GET`: shows the caller's session; `DELETE`: ends it. */
export const SESSION_PATH = '/api/session'

/** `POST`: answers with a new anonymous session's `{ token, expiresAt }`. */
export const SESSION_ACQUIRE_PATH = '/api/session/acquire'

/** `POST`: answers with a new token of the same session; the presented one goes on for a minute. */
export const SESSION_RENEW_PATH = '/api/session/renew'

/** `POST`: takes credentials and answers with `{ token, expiresAt, userId }`. */
export const SESSION_SIGN_IN_PATH = '/api/session/sign-in'

/** `POST`: makes the session anonymous again and answers with `{ token, expiresAt, userId: null }`. */
export const SESSION_SIGN_OUT_PATH = '/api/session/sign-out'

/** `GET`: lists the sessions of the caller's user. */
export const SESSION_LIST_PATH = '/api/session/all'
