import { MAX_INPUT_DEPTH, MAX_INPUT_KEYS, MAX_PAYLOAD_BYTES } from '@yektayar/protocol'
import { JOIN_PAGE_SIZE, MAX_ECHOED_NAME_LENGTH, MAX_PAGE_BYTES } from '@yektayar/protocol/rules'
import { OptionError } from './optionError.js'
import { didYouMean } from './refuseUnknown.js'

/** One bound of the server. */
export interface LimitDefinition {
  readonly default: number
  /** The least that it can be set to; without one, anything above 0. */
  readonly least?: number
  /** What the number counts, such as `bytes` or `ms`. */
  readonly unit: string
  /** What it bounds. */
  readonly bounds: string
  /** What happens beyond it. */
  readonly overflow: string
}

/**
 * Every bound of the server, in one place. Each can be set by `createServer({ limits })`, and for
 * the ready server by a variable: `LIMIT_` and the name in capitals, as in `LIMIT_MAX_INPUT_DEPTH`.
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
    bounds: 'Packets over one transport, each of a polling body counted',
    overflow: 'The transport is closed',
  },
  packetBurst: {
    default: 100,
    unit: 'packets',
    bounds: 'Packets that a transport may bring at once after a rest',
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
    bounds: 'The time of a command, its checks included',
    overflow: 'handler_timeout',
  },
  commandsPerSessionPerSecond: {
    default: 20,
    unit: 'per second',
    bounds:
      'Commands of one session, and as many calls over REST; a page of a room counts once for each started 64 KiB',
    overflow: 'rate_limited with retryAfterMs',
  },
  commandBurstPerSession: {
    default: 60,
    unit: 'commands',
    bounds: 'Commands that a session may send at once after a rest',
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
    bounds: 'Socket.IO handshakes that an address may make at once after a rest',
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
    bounds: 'Tries at admission over one transport, and so its token look-ups',
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
      'Failed sign-ins of a session to an account that it has signed in to before; those above do not count it',
    overflow: '429 rate_limited with Retry-After',
  },
  signInsWaitingPerAddress: {
    default: 1_000,
    unit: 'sign-ins',
    bounds: 'Sign-ins of one address that wait for others to succeed, because so many run at once',
    overflow: '429 rate_limited with Retry-After',
  },
  wrongPasswordsPerAddressPerMinute: {
    default: 10,
    unit: 'per minute',
    bounds: 'Wrong passwords of one address at /api-docs, and wrong tokens at /metrics',
    overflow: '429 rate_limited with Retry-After, without a look at the password',
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
      'Addresses (an IPv6 network of /64 is one), accounts or sessions that are counted at a time',
    overflow: 'Those that were not used for long are forgotten',
  },
  renewedTokenGraceMs: {
    default: 60_000,
    unit: 'ms',
    bounds: 'The time that a renewed token goes on beside its successor',
    overflow: 'token_invalid',
  },
  maxTokensPerSession: {
    default: 16,
    unit: 'tokens',
    bounds: 'Tokens of one session at a time',
    overflow: 'The oldest makes room',
  },
  maxListedSessions: {
    default: 100,
    unit: 'sessions',
    bounds: 'What one listing of sessions shows',
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
    bounds:
      'What a connection has not read yet before it is a slow consumer; 4 times it in a burst',
    overflow: 'It gets room:head in place of messages of rooms, until it has read',
  },
  maxUnsentBytes: {
    default: 4 * 1024 * 1024,
    unit: 'bytes',
    bounds: 'What waits in the server for a peer that makes no progress; 4 times it for any peer',
    overflow: 'The connection is reset as slow_consumer',
  },
  unreadTimeoutMs: {
    default: 10_000,
    unit: 'ms',
    bounds: 'The time that a peer for which something waits may make no progress',
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
    bounds:
      'The time that the peer of a refused upgrade, or of one that nothing serves, may take to close',
    overflow: 'The socket is destroyed',
  },
  closeGraceMs: {
    default: 2_000,
    unit: 'ms',
    bounds: 'The time that peers may take to close when the server does, or closes on them',
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
    overflow: 'Their connections are closed, unanswered',
  },
  drainRetryAfterMs: {
    default: 500,
    least: 0,
    unit: 'ms',
    bounds: 'The time that clients of a closing server wait before they come back',
    overflow: 'They come back',
  },
  drainReturnsPerSecond: {
    default: 100,
    unit: 'per second',
    bounds: 'Clients of a closing server that come back at a time; their number makes the window',
    overflow: 'The window gets longer',
  },
  drainSpreadMs: {
    default: 30_000,
    least: 0,
    unit: 'ms',
    bounds: 'The window over which they come back',
    overflow: 'More of them come back at a time',
  },
  sweepIntervalMs: {
    default: 10 * 60_000,
    unit: 'ms',
    bounds: 'The time between two sweeps of sessions that are over',
    overflow: 'The next sweep starts',
  },
  sweepBatchSize: {
    default: 10_000,
    unit: 'sessions',
    bounds: 'What one sweep removes',
    overflow: 'The rest waits for the next sweep',
  },
  sweepTurnMs: {
    default: 10,
    unit: 'ms',
    bounds: 'The time for which a sweep keeps the event loop at once',
    overflow: 'It rests for as long, and goes on',
  },
  maxClockStepMs: {
    default: 24 * 60 * 60_000,
    unit: 'ms',
    bounds: 'How far the system clock may be from the last sweep, beyond the time that has passed',
    overflow: 'The clock is doubted, and nothing is removed for its age',
  },
  clockTrustMs: {
    default: 24 * 60 * 60_000,
    unit: 'ms',
    bounds: 'The time that a server has to run with a clock that is doubted',
    overflow: 'It is trusted: each sweep catches up by a maxClockStepMs',
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
    bounds: 'What shares one transaction',
    overflow: 'The rest waits for the next one',
  },
  commitGroupMs: {
    default: 10,
    unit: 'ms',
    bounds: 'The time for which what shares one transaction keeps the event loop',
    overflow: 'The rest waits for the next one',
  },
  transactionTimeoutMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time of an app’s own handler inside of a transaction',
    overflow: 'handler_timeout, and nothing of it is kept',
  },
  maxOutboxAnswers: {
    default: 256,
    unit: 'answers',
    bounds: 'Answers that are kept of one outbox',
    overflow: 'The oldest are removed; asked for again, they are answer_expired',
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
    bounds: 'The time for which an outbox is remembered after its session and its last use',
    overflow: 'Its numbers are forgotten',
  },
  changedUserRetryMs: {
    default: 50,
    unit: 'ms',
    bounds:
      'The time after which an outbox comes again that was sent while somebody signed in or out',
    overflow: 'It is delivered, or is another session’s',
  },
  authorizeTimeoutMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time that an app’s authorize may take',
    overflow: 'handler_timeout; a membership ends',
  },
  roomsPerConnection: {
    default: 100,
    unit: 'rooms',
    bounds: 'Rooms that one connection is in',
    overflow: 'too_many_rooms',
  },
  maxListedMembers: {
    default: 1_000,
    unit: 'members',
    bounds: 'The members that a join answers with, in a quarter of maxPageBytes',
    overflow: 'The others are left out',
  },
  joinPageSize: {
    default: JOIN_PAGE_SIZE,
    unit: 'messages',
    bounds: 'The newest messages that a join answers with where it continues nothing',
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
    bounds: 'Pages of rooms that wait to be read, one about in each turn of the event loop',
    overflow: 'rate_limited with retryAfterMs',
  },
  pageTimeoutMs: {
    default: 20_000,
    unit: 'ms',
    bounds: 'The time that a page waits for its connection to have read what it was sent before',
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
    bounds: 'Rooms that one session begins, by sending or joining where nobody did before',
    overflow: 'rate_limited with retryAfterMs; joining goes on',
  },
  storedBytesPerSessionPerHour: {
    default: 64 * 1024 * 1024,
    unit: 'per hour',
    bounds: 'Bytes of the messages that one session sends',
    overflow: 'rate_limited with retryAfterMs',
  },
  maxStoreBytes: {
    default: 10 * 1024 * 1024 * 1024,
    unit: 'bytes',
    bounds: 'The store, without what is free in its file',
    overflow: 'store_full for once commands; all else goes on',
  },
  storeSizeIntervalMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time between two looks at the size of the store',
    overflow: 'Until the next look more is stored',
  },
  writeProbeIntervalMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time between two tries to write, while /ready is asked of a store that has failed',
    overflow: 'The next request tries again',
  },
  presenceGraceMs: {
    default: 10_000,
    unit: 'ms',
    bounds: 'The time that somebody counts as present after the last connection was lost',
    overflow: 'room:presence says that they left',
  },
  nodeHeartbeatMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time between two signs of life of a server in the store',
    overflow: 'The next one is written',
  },
  nodeTimeoutMs: {
    default: 20_000,
    unit: 'ms',
    bounds: 'The time without a sign of life after which those present at a server have left',
    overflow: 'They are removed',
  },
  standstillMs: {
    default: 1_000,
    unit: 'ms',
    bounds: 'How late the clock of a server may be before it reads its sessions anew',
    overflow: 'Nothing is served before they are read',
  },
  storePollMs: {
    default: 100,
    unit: 'ms',
    bounds: 'The time after which a server notices what others wrote into the same file',
    overflow: 'It looks again',
  },
  databaseBusyTimeoutMs: {
    default: 5_000,
    unit: 'ms',
    bounds: 'The time that a write waits for another process’s lock, while others read',
    overflow: 'store_unavailable',
  },
} as const satisfies Record<string, LimitDefinition>

/** The name of a limit. */
export type LimitName = keyof typeof limitDefinitions

/** A number for every limit. */
export type Limits = Readonly<Record<LimitName, number>>

/** All names, in the order of the documentation. */
export const limitNames = Object.keys(limitDefinitions) as LimitName[] // its own keys

/**
 * The limits, with defaults for those that are not given.
 *
 * @throws {OptionError} for a name that is none, and for what is no positive number
 */
export function resolveLimits(overrides: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(overrides)) {
    if (!Object.hasOwn(limitDefinitions, name)) {
      const question = didYouMean(name, limitNames) ?? ''
      throw new OptionError(`There is no limit "${name}". ${question}`.trimEnd())
    }
    const { least }: LimitDefinition = limitDefinitions[name as LimitName] // looked up above
    if (!(value > 0 || value === least)) {
      throw new OptionError(`The limit ${name} is ${String(value)}; allowed: a number above 0`)
    }
  }
  const entries = limitNames.map((name) => [
    name,
    overrides[name] ?? limitDefinitions[name].default,
  ])
  return Object.fromEntries(entries) as Limits // one entry for each name
}

/** The limits as they are unless something else is set. */
export const defaultLimits = resolveLimits()

/** The variable that sets a limit of the ready server. */
export function limitVariable(name: LimitName): string {
  return `LIMIT_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`
}
