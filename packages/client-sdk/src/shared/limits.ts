import {
  MAX_DELIVERY_ITEMS,
  MAX_INPUT_DEPTH,
  MAX_INPUT_KEYS,
  MAX_PAYLOAD_BYTES,
} from '@yektayar/protocol'

/** Items of an outbox that are sent and not answered yet, at the most; also those of one packet. */
export const OUTBOX_WINDOW = MAX_DELIVERY_ITEMS

/** What a server may ask a client to wait before it comes back, in milliseconds. */
export const MAX_RETRY_AFTER_MS = 5 * 60_000

/** Unfinished items of a client, at the most. One more is refused: `outbox_full`. */
export const OUTBOX_MAX_ITEMS = 1_000

/** Bytes of all unfinished items of a client, at the most. Beyond it: `outbox_full`. */
export const OUTBOX_MAX_BYTES = 5 * 1024 * 1024

/** How long an item may wait, in milliseconds: 7 days. Then it fails: `outbox_expired`. */
export const OUTBOX_MAX_AGE_MS = 7 * 24 * 60 * 60_000

/** Failed items that are kept for `list()`, at the most. The oldest go first. */
export const OUTBOX_KEPT_FAILURES = 100

/** Answers of a server that leave one item out, or cannot be read; then it fails: `invalid_answer`. */
export const OUTBOX_MAX_UNREAD = 5

/** Room for the brackets, type and names around a name and its input, in bytes. */
const PACKET_OVERHEAD_BYTES = 64

/** What an item needs besides its name and input: number, key, and what holds them. */
export const ITEM_OVERHEAD = { bytes: 128, keys: 4 }

/** What a server leaves for the items of one `outbox:deliver`, beside its other fields. */
export const DELIVERY_SPACE = { bytes: MAX_PAYLOAD_BYTES - 288, keys: MAX_INPUT_KEYS - 4 }

/** Bytes of a user's id that fit beside the items; a longer one is not sent along. */
export const MAX_USER_BYTES = 128

/** The largest input of a command that is sent by itself. */
export const INPUT_BOUNDS = {
  bytes: MAX_PAYLOAD_BYTES - PACKET_OVERHEAD_BYTES,
  keys: MAX_INPUT_KEYS,
  depth: MAX_INPUT_DEPTH,
}

/** The largest input of an item, which is three levels down in its packet. */
export const ITEM_BOUNDS = {
  bytes: DELIVERY_SPACE.bytes - ITEM_OVERHEAD.bytes,
  keys: DELIVERY_SPACE.keys - ITEM_OVERHEAD.keys,
  depth: MAX_INPUT_DEPTH - 3,
}

/** Outboxes and identities of its own that a client knows messages by, at the most. */
export const MAX_OWN_NAMES = 100

/**
 * How long a client whose session goes on with another token waits for that in its storage, in
 * milliseconds. Then it replaces the session.
 */
export const SUCCESSOR_WAIT_MS = 2_000

/**
 * How long a facility of the platform may take to answer, such as a storage or a lock, in
 * milliseconds. Then the client goes on without it.
 */
export const FACILITY_TIMEOUT_MS = 3_000

/** How often it looks there, in milliseconds. */
export const SUCCESSOR_LOOK_MS = 100

/** Messages that a room keeps by itself, the newest ones; `loadOlder()` adds to that. */
export const ROOM_KEPT_MESSAGES = 500

/** Messages that a room keeps at all, whatever was loaded. */
export const ROOM_MAX_MESSAGES = 10_000

/** Messages that wait while a room fetches what is before them. Beyond it they are fetched too. */
export const ROOM_MAX_WAITING = 500

/** A page of history unless its size is given. */
export const ROOM_PAGE_SIZE = 50

/** Pages of rooms that a client asks for at a time: joins and history. The others wait in order. */
export const ROOM_PAGES_AT_ONCE = 4

/** How long a room waits for a page by itself, in milliseconds: links may be slow. */
export const ROOM_PAGE_TIMEOUT_MS = 60_000

/** The longest time that a server can ask for between two pages, in milliseconds. */
export const ROOM_MAX_GAP_MS = 10_000

/** People of a room that are known, at the most; more are not shown. */
export const ROOM_MAX_PEOPLE = 10_000

/** How often a client repeats that somebody is typing, in milliseconds. */
export const TYPING_REPEAT_MS = 3_000

/** How long somebody counts as typing without a word of it, in milliseconds. */
export const TYPING_LIFETIME_MS = 7_000

/**
 * How long a request for a session may take within an attempt to connect, in milliseconds. It doubles
 * with each one in a row that got no answer, up to the limit of the attempt.
 */
export const REQUEST_TIMEOUT_MS = 5_000

/**
 * How long a transport may take to be admitted before the next one is begun beside it, and before the
 * snapshot says that there is no answer, in milliseconds.
 */
export const RACE_DELAY_MS = 2_500

/** The first of these, once polling was admitted while a WebSocket got no answer. */
export const RACE_DELAY_SILENT_MS = 500

/** How soon a WebSocket must fall silent to be avoided by the next connection, in milliseconds. */
export const YOUNG_CONNECTION_MS = 60_000

/** How long a connection in doubt may be silent before it is replaced, in milliseconds. */
export const PROBE_TIMEOUT_MS = 5_000
