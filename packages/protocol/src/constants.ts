/** The version of the wire protocol in docs/PROTOCOL.md; raised on incompatible changes. */
export const PROTOCOL_VERSION = 1

/** The default TCP port, which REST and sockets share. */
export const DEFAULT_PORT = 3000

/** The default address of the server for a client outside of a browser. */
export const DEFAULT_URL = 'http://localhost:3000'

/** The default lifetime of a session from its start, its last renewal or sign-in, in days. */
export const SESSION_LIFETIME_DAYS = 30

/** Days without a connection or call after which a session ends; 0 for never, so that its lifetime alone counts. */
export const SESSION_IDLE_DAYS = 0

/** The default maximum size of a Socket.IO packet and of an HTTP body, in bytes. */
export const MAX_PAYLOAD_BYTES = 64 * 1024

/** The default maximum nesting depth of a command's input. */
export const MAX_INPUT_DEPTH = 32

/** The default maximum number of keys in all objects of a command's input. */
export const MAX_INPUT_KEYS = 1_000

/** The maximum size of a session's metadata: bytes of its JSON in UTF-8. */
export const MAX_METADATA_BYTES = 2048

/** The default maximum size of a member's presence in a room: bytes of its JSON in UTF-8. */
export const MAX_PRESENCE_BYTES = 1024

/** The maximum length of a room's name, in characters. */
export const MAX_ROOM_NAME_LENGTH = 128

/** The maximum number of messages in one page of a room's history. */
export const MAX_HISTORY_PAGE = 500

/** The maximum number of items in one `outbox:deliver`. */
export const MAX_DELIVERY_ITEMS = 32

/** The maximum number of joins in `auth.joins` of a handshake; the client joins other rooms afterwards. */
export const MAX_EARLY_JOINS = 32

/** `GET`: shows the caller's session; `DELETE`: ends it. */
export const SESSION_PATH = '/api/session'

/** `POST`: answers with a new anonymous session's `{ token, expiresAt }`. */
export const SESSION_ACQUIRE_PATH = '/api/session/acquire'

/** `POST`: answers with a new token of the same session; the old one works one minute longer. */
export const SESSION_RENEW_PATH = '/api/session/renew'

/** `POST`: takes credentials and answers with `{ token, expiresAt, id, userId }`. */
export const SESSION_SIGN_IN_PATH = '/api/session/sign-in'

/** `POST`: answers with a new anonymous session `{ token, expiresAt, id, userId: null }`. */
export const SESSION_SIGN_OUT_PATH = '/api/session/sign-out'

/** `GET`: lists the sessions of the caller's user. */
export const SESSION_LIST_PATH = '/api/session/all'
