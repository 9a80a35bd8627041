import {
  MAX_INPUT_DEPTH,
  MAX_INPUT_KEYS,
  MAX_PAYLOAD_BYTES,
  MAX_PRESENCE_BYTES,
} from '@yektayar/protocol'
import {
  didYouMean,
  JOIN_PAGE_SIZE,
  MAX_ECHOED_NAME_LENGTH,
  MAX_PAGE_BYTES,
} from '@yektayar/protocol/rules'
import { OptionError } from './optionError.js'

/** The longest message between the adapters of two processes, in bytes. No option sets it. */
export const MAX_ADAPTER_MESSAGE_BYTES = 16 * 1024 * 1024

/** The definition of one limit. */
export interface LimitDefinition {
  readonly default: number
  /** An allowed value that is not above 0, such as 0 itself. */
  readonly least?: number
  /** What the number counts, such as `bytes` or `ms`. */
  readonly unit: string
  /** What is limited. */
  readonly bounds: string
  /** What happens beyond the limit. */
  readonly overflow: string
}

/**
 * The limits that can be set, each by `createServer({ limits })`. The standalone server reads each from
 * an environment variable, such as `LIMIT_MAX_INPUT_DEPTH` for `maxInputDepth`.
 */
export const limitDefinitions = {
  maxPayloadBytes: {
    default: MAX_PAYLOAD_BYTES,
    unit: 'bytes',
    bounds: 'A Socket.IO packet, and an HTTP body',
    overflow: 'Refused before it is parsed: the connection is closed, or 413',
  },
  maxInputDepth: {
    default: MAX_INPUT_DEPTH,
    unit: 'levels',
    bounds: 'Nesting of a packet’s payload',
    overflow: 'The connection is closed',
  },
  maxPacketKeys: {
    default: MAX_INPUT_KEYS,
    unit: 'keys',
    bounds: 'Keys of all objects in a packet',
    overflow: 'The connection is closed',
  },
  maxAttachments: {
    default: 0,
    least: 0,
    unit: 'attachments',
    bounds: 'Binary attachments of a packet',
    overflow: 'The connection is closed',
  },
  packetsPerSecond: {
    default: 50,
    unit: 'per second',
    bounds: 'Packets over one transport; each packet in a polling body counts',
    overflow: 'The transport is closed',
  },
  packetBurst: {
    default: 100,
    unit: 'packets',
    bounds: 'Packets in one burst over a transport',
    overflow: 'The transport is closed',
  },
  maxEchoedNameLength: {
    default: MAX_ECHOED_NAME_LENGTH,
    unit: 'characters',
    bounds: 'The part of an unknown command’s name that is sent back',
    overflow: 'The rest is cut off',
  },
  handlerTimeoutMs: {
    default: 30_000,
    unit: 'ms',
    bounds: 'The time of a command, including its checks',
    overflow: 'handler_timeout',
  },
  commandsPerSessionPerSecond: {
    default: 20,
    unit: 'per second',
    bounds:
      'Commands of one session, and separately its REST calls; a page of a room counts once per started 128 KiB',
    overflow: 'rate_limited with retryAfterMs',
  },
  commandBurstPerSession: {
    default: 60,
    unit: 'commands',
    bounds: 'Commands in one burst of a session',
    overflow: 'rate_limited with retryAfterMs',
  },
  handshakesPerAddressPerSecond: {
    default: 20,
    unit: 'per second',
    bounds: 'Socket.IO handshakes of one address',
    overflow: '429 rate_limited with Retry-After',
  },
  handshakeBurstPerAddress: {
    default: 40,
    unit: 'handshakes',
    bounds: 'Socket.IO handshakes in one burst of an address',
    overflow: '429 rate_limited with Retry-After',
  },
  connectionsPerAddress: {
    default: 1_000,
    unit: 'connections',
    bounds: 'Open connections of one address',
    overflow: '429 rate_limited with Retry-After',
  },
  waitingPerAddress: {
    default: 60,
    unit: 'connections',
    bounds: 'Open connections of one address that are not admitted yet',
    overflow: '429 rate_limited with Retry-After',
  },
  connectionsPerSession: {
    default: 10,
    unit: 'connections',
    bounds: 'Open connections of one session',
    overflow: 'The oldest gets session:ended with the code replaced, and is closed',
  },
  connectsPerTransport: {
    default: 4,
    unit: 'CONNECT packets',
    bounds: 'Admission attempts over one transport, each with a token look-up',
    overflow: 'The transport is closed',
  },
  admissionTimeoutMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time from the handshake to admission',
    overflow: 'The transport is closed',
  },
  headersTimeoutMs: {
    default: 10_000,
    unit: 'ms',
    bounds: 'The time that a request’s line and headers may take to arrive',
    overflow: '408',
  },
  requestTimeoutMs: {
    default: 30_000,
    unit: 'ms',
    bounds: 'The time that a whole request may take to arrive',
    overflow: '408',
  },
  acquiresPerAddressPerMinute: {
    default: 600,
    unit: 'per minute',
    bounds: 'Sessions that one address acquires',
    overflow: '429 rate_limited with Retry-After',
  },
  signInsPerAddressPerMinute: {
    default: 30,
    unit: 'per minute',
    bounds: 'Failed sign-ins of one address',
    overflow: '429 rate_limited with Retry-After',
  },
  signInsPerAccountAndAddressPerMinute: {
    default: 5,
    unit: 'per minute',
    bounds: 'Failed sign-ins to one account from one address',
    overflow: '429 rate_limited with Retry-After',
  },
  signInsPerAccountPerMinute: {
    default: 10,
    unit: 'per minute',
    bounds: 'Failed sign-ins to one account from all addresses',
    overflow: '429 rate_limited with Retry-After',
  },
  signInsPerAccountPerHour: {
    default: 50,
    unit: 'per hour',
    bounds: 'Failed sign-ins to one account from all addresses',
    overflow: '429 rate_limited with Retry-After',
  },
  signInsPerKnownSessionPerMinute: {
    default: 5,
    unit: 'per minute',
    bounds:
      'Failed sign-ins of a session to an account that it has signed in to before, counted apart from other sessions',
    overflow: '429 rate_limited with Retry-After',
  },
  signInsWaitingPerAddress: {
    default: 1_000,
    unit: 'sign-ins',
    bounds: 'Sign-ins of one address that wait while attempts in flight hold the whole limit',
    overflow: '429 rate_limited with Retry-After',
  },
  wrongPasswordsPerAddressPerMinute: {
    default: 10,
    unit: 'per minute',
    bounds: 'Wrong passwords of one address at /api-docs, and wrong tokens at /metrics',
    overflow: '429 rate_limited with Retry-After; the password is not checked',
  },
  refusalLogIntervalMs: {
    default: 60_000,
    unit: 'ms',
    bounds: 'The time between two log lines about refusals of one kind and one address',
    overflow: 'Counted in the next line',
  },
  maxCounted: {
    default: 100_000,
    unit: 'keys',
    bounds:
      'Addresses (an IPv6 /64 network is one), accounts or sessions that are tracked at a time',
    overflow: 'The least recently used are forgotten',
  },
  renewedTokenGraceMs: {
    default: 60_000,
    unit: 'ms',
    bounds: 'The time for which the old token stays valid after a renewal',
    overflow: 'token_invalid',
  },
  maxTokensPerSession: {
    default: 16,
    unit: 'tokens',
    bounds: 'Tokens of one session at a time',
    overflow: 'The oldest is removed',
  },
  maxListedSessions: {
    default: 100,
    unit: 'sessions',
    bounds: 'Sessions in one listing',
    overflow: 'The most recently used are shown',
  },
  activityResolutionMs: {
    default: 60_000,
    unit: 'ms',
    bounds: 'The time between two writes of one session’s last activity',
    overflow: 'Not written',
  },
  maxUnreadBytes: {
    default: 256 * 1024,
    unit: 'bytes',
    bounds: 'Unread bytes that make a connection a slow consumer; 4 times as many in a burst',
    overflow: 'It gets room:head instead of room messages until it has caught up',
  },
  maxUnsentBytes: {
    default: 4 * 1024 * 1024,
    unit: 'bytes',
    bounds: 'Bytes queued for a peer that makes no progress; 4 times as many for any peer',
    overflow: 'The connection is reset as slow_consumer',
  },
  unreadTimeoutMs: {
    default: 10_000,
    unit: 'ms',
    bounds: 'The time for which a peer with queued data may make no progress',
    overflow: 'The connection is reset as slow_consumer',
  },
  endGraceMs: {
    default: 50,
    unit: 'ms',
    bounds: 'The time that a peer may take to read the end of its session',
    overflow: 'Its connection is reset',
  },
  refusalGraceMs: {
    default: 1_000,
    unit: 'ms',
    bounds: 'The time that the peer of a refused or unserved upgrade may take to close',
    overflow: 'The socket is destroyed',
  },
  closeGraceMs: {
    default: 2_000,
    unit: 'ms',
    bounds: 'The time that peers may take to answer the close of a connection',
    overflow: 'Their connections are cut',
  },
  readyNoticeMs: {
    default: 5_000,
    least: 0,
    unit: 'ms',
    bounds:
      'The time for which /ready is 503 and all else goes on, after SIGTERM and with announceClose()',
    overflow: 'The server closes',
  },
  drainTimeoutMs: {
    default: 10_000,
    unit: 'ms',
    bounds: 'The time that commands in flight may take to finish when the server closes',
    overflow: 'Their connections are closed without an answer',
  },
  drainRetryAfterMs: {
    default: 500,
    least: 0,
    unit: 'ms',
    bounds: 'The time that clients of a closing server wait before they reconnect',
    overflow: 'They reconnect',
  },
  drainReturnsPerSecond: {
    default: 100,
    unit: 'per second',
    bounds:
      'Reconnects to plan for when a server closes; with the number of clients it sets the window',
    overflow: 'The window gets longer',
  },
  drainSpreadMs: {
    default: 30_000,
    least: 0,
    unit: 'ms',
    bounds: 'The longest window over which clients reconnect',
    overflow: 'More of them reconnect per second',
  },
  sweepIntervalMs: {
    default: 10 * 60_000,
    unit: 'ms',
    bounds: 'The time between two sweeps of expired data',
    overflow: 'The next sweep starts',
  },
  sweepBatchSize: {
    default: 10_000,
    unit: 'sessions',
    bounds: 'Sessions that one sweep removes',
    overflow: 'The rest waits for the next sweep',
  },
  sweepTurnMs: {
    default: 10,
    unit: 'ms',
    bounds: 'The time for which a sweep may block the event loop at once',
    overflow: 'It pauses for as long, then continues',
  },
  maxClockStepMs: {
    default: 24 * 60 * 60_000,
    unit: 'ms',
    bounds: 'How far the system clock may be from the last sweep, beyond the time that has passed',
    overflow: 'The clock is in doubt, and nothing is removed because of its age',
  },
  clockTrustMs: {
    default: 24 * 60 * 60_000,
    unit: 'ms',
    bounds: 'The time that a server has to run with a clock in doubt',
    overflow: 'The clock is trusted: each sweep catches up by one maxClockStepMs',
  },
  maxPendingCommits: {
    default: 10_000,
    unit: 'commits',
    bounds: 'Packets, commands, joins and sessions that wait for their transaction',
    overflow: 'rate_limited with retryAfterMs',
  },
  maxCommitGroup: {
    default: 1_000,
    unit: 'commits',
    bounds: 'Commits that share one transaction',
    overflow: 'The rest waits for the next one',
  },
  commitGroupMs: {
    default: 10,
    unit: 'ms',
    bounds: 'The time for which the commits of one transaction may block the event loop',
    overflow: 'The rest waits for the next one',
  },
  transactionTimeoutMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time of an app’s own handler inside of a transaction',
    overflow: 'handler_timeout, and the transaction is rolled back',
  },
  maxOutboxAnswers: {
    default: 256,
    unit: 'answers',
    bounds: 'Answers that are kept of one outbox',
    overflow: 'The oldest are removed; a repeated item then gets answer_expired',
  },
  outboxAnswerAgeMs: {
    default: 24 * 60 * 60_000,
    unit: 'ms',
    bounds: 'The time for which an answer of an outbox is kept',
    overflow: 'answer_expired',
  },
  outboxRetentionMs: {
    default: 30 * 24 * 60 * 60_000,
    unit: 'ms',
    bounds: 'The time for which an outbox is remembered after its session ended and its last use',
    overflow: 'Its numbers are forgotten',
  },
  changedUserRetryMs: {
    default: 50,
    unit: 'ms',
    bounds: 'The time after which a batch is sent again if its user signed in or out meanwhile',
    overflow: 'It is delivered, or belongs to another session',
  },
  authorizeTimeoutMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time that an app’s authorize may take',
    overflow: 'handler_timeout; an existing membership ends',
  },
  roomsPerConnection: {
    default: 100,
    unit: 'rooms',
    bounds: 'Rooms that one connection is in',
    overflow: 'too_many_rooms',
  },
  maxNamedMembers: {
    default: 100,
    unit: 'members',
    bounds:
      'Members of a room that are listed by name, within a quarter of maxPageBytes per list or change',
    overflow:
      'It is a crowd: memberCount counts all, and the list has those who spoke or typed last',
  },
  namedAgainMembers: {
    default: 80,
    unit: 'members',
    bounds:
      'Members of a crowd below which all are listed again, and those that it lists until then',
    overflow: 'It stays a crowd',
  },
  maxPresenceBytes: {
    default: MAX_PRESENCE_BYTES,
    unit: 'bytes',
    bounds: 'The JSON of what a member shows in a room',
    overflow: 'invalid_input',
  },
  joinPageSize: {
    default: JOIN_PAGE_SIZE,
    unit: 'messages',
    bounds: 'The newest messages in the answer to a join without a position, or with a reset',
    overflow: 'The rest comes by room:history',
  },
  maxPageBytes: {
    default: MAX_PAGE_BYTES,
    unit: 'bytes',
    bounds: 'The JSON of an answer to room:join and room:history, which has at least one message',
    overflow: 'The page ends, with more: true',
  },
  maxPendingPages: {
    default: 10_000,
    unit: 'pages',
    bounds: 'Queued reads of room pages; about one is read per turn of the event loop',
    overflow: 'rate_limited with retryAfterMs',
  },
  pageTimeoutMs: {
    default: 20_000,
    unit: 'ms',
    bounds: 'The time that a page waits for the client to read what it was sent before',
    overflow: 'rate_limited with retryAfterMs',
  },
  roomHeadIntervalMs: {
    default: 5_000,
    unit: 'ms',
    bounds:
      'The time to the first room:head after a message; the next follow 2, 6 and 14 times later',
    overflow: 'It is sent',
  },
  roomRetentionMs: {
    default: 30 * 24 * 60 * 60_000,
    unit: 'ms',
    bounds: 'The age of a room’s messages',
    overflow: 'They are removed',
  },
  roomRetentionMessages: {
    default: 10_000,
    unit: 'messages',
    bounds: 'Messages of one room, and up to 31 more that were committed together',
    overflow: 'The oldest are removed',
  },
  newRoomsPerSessionPerHour: {
    default: 100,
    unit: 'per hour',
    bounds: 'New rooms that one session creates by sending or joining',
    overflow: 'rate_limited with retryAfterMs; joining still works',
  },
  storedBytesPerSessionPerHour: {
    default: 64 * 1024 * 1024,
    unit: 'per hour',
    bounds: 'Bytes of messages and stored answers of one session',
    overflow: 'rate_limited with retryAfterMs',
  },
  maxStoreBytes: {
    default: 10 * 1024 * 1024 * 1024,
    unit: 'bytes',
    bounds: 'The store, without the free pages in its file',
    overflow: 'store_full for once commands; everything else still works',
  },
  storeSizeIntervalMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time between two measurements of the size of the store',
    overflow: 'More is stored until the next measurement',
  },
  writeProbeIntervalMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time between two write probes by /ready after the store has failed',
    overflow: 'The next request tries again',
  },
  presenceGraceMs: {
    default: 10_000,
    unit: 'ms',
    bounds: 'The time for which a member counts as present after the last connection was lost',
    overflow: 'room:presence says that they left',
  },
  presenceIntervalMs: {
    default: 200,
    unit: 'ms',
    bounds: 'The time between two room:presence of a room, and between two writes of who is where',
    overflow: 'The changes of that time are sent, and written, together',
  },
  nodeHeartbeatMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time between two heartbeats of a server in the store',
    overflow: 'The next one is written',
  },
  nodeTimeoutMs: {
    default: 20_000,
    unit: 'ms',
    bounds: 'The time without a heartbeat after which the members on a server count as gone',
    overflow: 'They are removed',
  },
  standstillMs: {
    default: 1_000,
    unit: 'ms',
    bounds: 'How late the timers of a server may be before it reads its sessions again',
    overflow: 'Nothing is served before they are read',
  },
  storeSilentMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time without an answer of PostgreSQL after which a server serves nothing',
    overflow:
      'It closes its connections, refuses new ones, and serves again once it has read everything',
  },
  storeDownMs: {
    default: 60_000,
    unit: 'ms',
    bounds:
      'The time for which it keeps its connections while PostgreSQL itself says that it is down',
    overflow: 'It closes them as well',
  },
  storePollMs: {
    default: 100,
    unit: 'ms',
    bounds: 'The time between two checks for writes of other processes to the same file',
    overflow: 'It checks again',
  },
  databaseBusyTimeoutMs: {
    default: 5_000,
    unit: 'ms',
    bounds:
      'How long a write waits for another’s lock, and a PostgreSQL statement that may be lost; reads continue',
    overflow: 'store_unavailable',
  },
} as const satisfies Record<string, LimitDefinition>

/** The name of a limit. */
export type LimitName = keyof typeof limitDefinitions

/** A number for every limit. */
export type Limits = Readonly<Record<LimitName, number>>

/** The limits that an app sets; `undefined` leaves the default. */
export type LimitOverrides = Readonly<Partial<Record<LimitName, number | undefined>>>

/** All names, in the order of the documentation. */
export const limitNames = Object.keys(limitDefinitions) as LimitName[] // its own keys

/**
 * Fills in the defaults of limits that are not given.
 *
 * @throws {OptionError} for an unknown name, and for a value that is not a positive number
 */
export function resolveLimits(overrides: LimitOverrides = {}): Limits {
  for (const [name, value] of Object.entries(overrides)) {
    if (!Object.hasOwn(limitDefinitions, name)) {
      const advice = didYouMean(name, limitNames) ?? 'docs/SERVER.md lists all limits'
      throw new OptionError(`There is no limit "${name}". ${advice}`)
    }
    const { least }: LimitDefinition = limitDefinitions[name as LimitName] // looked up above
    if (value !== undefined && !(value > 0 || value === least)) {
      throw new OptionError(`The limit ${name} is ${String(value)}; allowed: a number above 0`)
    }
  }
  const entries = limitNames.map((name) => [
    name,
    overrides[name] ?? limitDefinitions[name].default,
  ])
  return Object.fromEntries(entries) as Limits // one entry for each name
}

/** The default of every limit. */
export const defaultLimits = resolveLimits()

/** The environment variable that sets a limit of the standalone server. */
export function limitVariable(name: LimitName): string {
  return `LIMIT_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`
}
