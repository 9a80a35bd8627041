import {
  MAX_DELIVERY_ITEMS,
  MAX_EARLY_JOINS,
  MAX_INPUT_DEPTH,
  MAX_INPUT_KEYS,
  MAX_PAYLOAD_BYTES,
} from '@yektayar/protocol'

/** The maximum number of unanswered items of an outbox, and of items in one batch. */
export const OUTBOX_WINDOW = MAX_DELIVERY_ITEMS

/** The length of an outbox's id, the shortest that servers take: 96 random bits among all clients. */
export const OUTBOX_ID_LENGTH = 16

/**
 * The length of an item's id, which is also its key. That of a message to a room is compared within its
 * outbox alone; others are passed on by handlers, so that they differ among all clients.
 */
export const MESSAGE_ID_LENGTH = 8
export const ITEM_ID_LENGTH = 22

/** The shortest pause that the client waits because the server asks for it, in milliseconds. */
export const MIN_RETRY_AFTER_MS = 20

/** The longest pause before a reconnect that a server can ask for, in milliseconds. */
export const MAX_RETRY_AFTER_MS = 5 * 60_000

/** The maximum number of unfinished items of a client. One more is refused: `outbox_full`. */
export const OUTBOX_MAX_ITEMS = 1_000

/** The maximum bytes of all unfinished items of a client. Beyond that: `outbox_full`. */
export const OUTBOX_MAX_BYTES = 5 * 1024 * 1024

/** How long an item may wait, in milliseconds: 7 days. Then it fails: `outbox_expired`. */
export const OUTBOX_MAX_AGE_MS = 7 * 24 * 60 * 60_000

/** The maximum number of failed items that are kept for `list()`. The oldest are removed first. */
export const OUTBOX_KEPT_FAILURES = 100

/** After this many unreadable answers an item fails: `invalid_answer`. */
export const OUTBOX_MAX_UNREAD = 5

/** The maximum number of events that wait for the loop over a stream; one more ends the stream. */
export const STREAM_MAX_EVENTS = 1_000

/** The bytes in a packet besides the name and the input: brackets, type and so on. */
const PACKET_OVERHEAD_BYTES = 64

/** What an item needs besides its name and input: number, key and their object. */
export const ITEM_OVERHEAD = { bytes: 128, keys: 4 }

/** The space for the items of one `outbox:deliver`, besides its other fields. */
export const DELIVERY_SPACE = { bytes: MAX_PAYLOAD_BYTES - 288, keys: MAX_INPUT_KEYS - 4 }

/** The maximum bytes of a user's id in `outbox:deliver`; a longer id is not sent. */
export const MAX_USER_BYTES = 128

/** The largest input of a command that is sent by itself. */
export const INPUT_BOUNDS = {
  bytes: MAX_PAYLOAD_BYTES - PACKET_OVERHEAD_BYTES,
  keys: MAX_INPUT_KEYS,
  depth: MAX_INPUT_DEPTH,
}

/** The largest input of an item, which is nested three levels deep in its packet. */
export const ITEM_BOUNDS = {
  bytes: DELIVERY_SPACE.bytes - ITEM_OVERHEAD.bytes,
  keys: DELIVERY_SPACE.keys - ITEM_OVERHEAD.keys,
  depth: MAX_INPUT_DEPTH - 3,
}

/** The maximum number of own outbox ids and member names that a client remembers. */
export const MAX_OWN_NAMES = 100

/**
 * How long a client whose session got another token waits until its storage has that token, in
 * milliseconds. After that it replaces the session.
 */
export const SUCCESSOR_WAIT_MS = 2_000

/**
 * How long a facility of the platform may take to answer, such as a storage or a lock, in
 * milliseconds. Then the client goes on without it.
 */
export const FACILITY_TIMEOUT_MS = 3_000

/** How long the part of the client that stores items may take to load, in milliseconds. */
export const CHUNK_TIMEOUT_MS = 20_000

/** How often it looks there, in milliseconds. */
export const SUCCESSOR_LOOK_MS = 100

/** How many of the newest messages a room keeps; `loadOlder()` adds to that. */
export const ROOM_KEPT_MESSAGES = 500

/** The maximum number of messages that a room keeps, including loaded ones. */
export const ROOM_MAX_MESSAGES = 10_000

/** How many messages wait while a room fetches earlier ones. Beyond that, all are fetched. */
export const ROOM_MAX_WAITING = 500

/** The default size of a page of history. */
export const ROOM_PAGE_SIZE = 50

/**
 * The joins that travel with the token. Few and short enough that every server with the usual limits
 * reads the packet: a key takes five characters, and a level is one of `{` and `[`.
 */
export const EARLY_JOIN_BOUNDS = { count: MAX_EARLY_JOINS, characters: 4_500, depth: 24 }

/** How many pages (joins and history) a client requests at a time. The others wait in order. */
export const ROOM_PAGES_AT_ONCE = 4

/** The timeout of pages that a room requests by itself, in milliseconds; networks may be slow. */
export const ROOM_PAGE_TIMEOUT_MS = 60_000

/** How many joins without a new message the client sends one after the other, before it pauses. */
export const ROOM_JOINS_AT_ONCE = 4

/** The shortest pause between two calls of rooms once the server has limited them, in milliseconds. */
export const ROOM_MIN_GAP_MS = 50

/** The longest pause between two pages that a server can ask for, in milliseconds. */
export const ROOM_MAX_GAP_MS = 10_000

/** The maximum number of members that a room shows. */
export const ROOM_MAX_PEOPLE = 10_000

/** How often a client repeats that its user is typing, in milliseconds. */
export const TYPING_REPEAT_MS = 3_000

/** How long a member counts as typing without another event, in milliseconds. */
export const TYPING_LIFETIME_MS = 7_000

/**
 * The timeout of a session request within an attempt to connect, in milliseconds. It doubles after
 * each consecutive timeout, up to the timeout of the attempt.
 */
export const REQUEST_TIMEOUT_MS = 5_000

/**
 * How long a transport may take to be admitted before the next one is begun beside it, and before the
 * snapshot says that there is no answer, in milliseconds.
 */
export const RACE_DELAY_MS = 2_500

/** The first of these, once polling was admitted while a WebSocket got no answer. */
export const RACE_DELAY_SILENT_MS = 500

/**
 * How long the server's welcome may follow its admission, in milliseconds, besides the time that the
 * admission itself has taken: slow networks need it once more.
 */
export const WELCOME_DELAY_MS = 1_500

/** How often a connection by polling tries whether the network lets a WebSocket through, in milliseconds. */
export const WEBSOCKET_RETRY_MS = 5 * 60_000

/** How soon a WebSocket must fall silent to be avoided by the next connection, in milliseconds. */
export const YOUNG_CONNECTION_MS = 60_000

/** How long a connection in doubt may be silent before it is replaced, in milliseconds. */
export const PROBE_TIMEOUT_MS = 5_000
