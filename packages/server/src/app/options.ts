import { coreContract, SESSION_IDLE_DAYS, SESSION_LIFETIME_DAYS } from '@yektayar/protocol'
import type {
  AnyContract,
  CommandName,
  CoreContract,
  Credentials,
  ParsedCommandInput,
} from '@yektayar/protocol'
import type { AnyOnceHandler, AppCommandHandlers, OnceContext } from '../commands/commandContext.js'
import { checkMetricsOptions } from '../http/metricsRoute.js'
import type { MetricsOptions } from '../http/metricsRoute.js'
import type { RestSurface } from '../http/restRoutes.js'
import type { Authenticate, SignInDeps } from '../http/signInRoutes.js'
import { ownAndPublicRooms } from '../rooms/authorize.js'
import type { Authorize } from '../rooms/authorize.js'
import { createClientAddress } from '../shared/clientAddress.js'
import type { ClientAddress } from '../shared/clientAddress.js'
import { resolveLimits } from '../shared/limits.js'
import type { LimitOverrides, Limits } from '../shared/limits.js'
import { OptionError } from '../shared/optionError.js'
import type { ListeningOptions, OriginPolicyOptions } from '../shared/originPolicy.js'
import { productOf } from '../shared/productTexts.js'
import type { Product, ProductOptions } from '../shared/productTexts.js'
import { detectRuntime } from '../shared/runtime.js'
import type { Runtime } from '../shared/runtime.js'
import { readPaths } from './paths.js'
import type { AppTables } from './tables.js'

/** Where the server runs. It only selects defaults. */
export type Environment = 'development' | 'production'

/** Options of the plugin but the contract and its handlers. */
export interface BaseOptions<
  Contract extends AnyContract = CoreContract,
  Tables = object,
> extends OriginPolicyOptions {
  /** `sqlite:<path>`, `sqlite::memory:` or `postgres://…`. @default 'sqlite:data/yektayar.db' */
  databaseUrl?: string | undefined
  /** `redis://…` or `rediss://…`: carries news between many processes on PostgreSQL. @default none */
  redisUrl?: string | undefined
  /** Lifetime of a session from its start, its last renewal or sign-in, in days. @default 30 */
  sessionTtlDays?: number | undefined
  /** Days without a connection or call after which a session ends; 0 for never. @default 0 */
  sessionIdleDays?: number | undefined
  /** Checks the credentials of a sign-in; attempts are rate limited. @default no sign-in */
  authenticate?: Authenticate<Contract, Tables> | undefined
  /** The account of given credentials. @default each of their `username`, `email` and `phone` */
  accountOf?: ((credentials: Credentials) => string) | undefined
  /** Runs for every `message`, inside the transaction that stores it. @default none */
  onMessage?: MessageHandler<Contract, Tables> | undefined
  /** The app's own tables, as `tables<{ … }>(create)` declares them. @default none */
  tables?: AppTables<Tables> | undefined
  /** Whether what `emit` sends is checked against the contract. @default true in development */
  checkEvents?: boolean | undefined
  /** Whether to accept a token in the query; deprecated, since URLs are logged. @default true */
  allowQueryToken?: boolean | undefined
  /**
   * Proxies whose `X-Forwarded-*` headers are trusted: addresses, CIDR ranges, or Fastify's names
   * `loopback`, `linklocal` and `uniquelocal`.
   *
   * @default []
   */
  trustProxy?: readonly string[] | undefined
  /** Who may read metrics for Prometheus at `/metrics`, and where. @default no metrics */
  metrics?: MetricsOptions | undefined
  /** Where Socket.IO is served. @default '/socket.io' */
  path?: string | undefined
  /** Put before the address of every route: `/v1` makes `/v1/api/session`. @default '' */
  basePath?: string | undefined
  /** Whether there are `GET /health` and `GET /ready`. @default true */
  health?: boolean | undefined
  /** Whether answers have CORS headers; `false` where a proxy sets them. Origins are checked all the same. @default true */
  corsHeaders?: boolean | undefined
  /** What the app calls itself: in `info`, `status`, `/api`, `/` and the documentation. @default the guide's texts */
  product?: ProductOptions | undefined
  /** Bounds other than the defaults in `limitDefinitions`. @default {} */
  limits?: LimitOverrides | undefined
  /** `development` checks results against the contract and allows this machine's origins. @default from NODE_ENV */
  environment?: Environment | undefined
  /** The JavaScript runtime. Where Socket.IO cannot work, only REST is served. @default detected */
  runtime?: Runtime | undefined
}

/** An app's own handling of `message`. Whatever it throws refuses the message. */
export type MessageHandler<Contract extends AnyContract = CoreContract, Tables = object> = (
  context: OnceContext<ParsedCommandInput<'message'>, Contract, Tables>,
) => void | Promise<void>

/** Options about the rooms of the contract. */
interface RoomOptions<Contract extends AnyContract, Tables> {
  /**
   * Who may join, read and send in which room. Only `true` allows it.
   *
   * @default `public:{topic}` everybody, `user:{userId}` and `session:{sessionId}` their owner, the
   * rooms of the app nobody
   */
  authorize?: Authorize<Contract, Tables> | undefined
}

/** The contract and the handlers that it needs beyond the core commands. */
type ContractOptions<Contract extends AnyContract, Tables> = [
  Exclude<CommandName<Contract>, CommandName>,
] extends [never]
  ? {
      contract?: Contract
      commands?: AppCommandHandlers<Contract, Tables> | undefined
    }
  : { contract: Contract; commands: AppCommandHandlers<Contract, Tables> }

/** Options of the plugin and of `createServer`. */
export type CommonOptions<
  Contract extends AnyContract = CoreContract,
  Tables = object,
> = BaseOptions<Contract, Tables> &
  RoomOptions<Contract, Tables> &
  ContractOptions<Contract, Tables>

/** Options of the `yektayar` plugin. */
export type YektaYarOptions<
  Contract extends AnyContract = CoreContract,
  Tables = object,
> = CommonOptions<Contract, Tables> & {
  /** `false` leaves the routes out of the app's own `@fastify/swagger`. @default described there */
  docs?: false | undefined
}

/** The options with their defaults filled in. */
export interface ResolvedOptions {
  contract: AnyContract
  commands: object
  databaseUrl: string
  redisUrl: string | undefined
  sessionTtlDays: number
  sessionIdleDays: number
  /** Absent when there is no sign-in. */
  signIn: Omit<SignInDeps, 'services' | 'strictLimits' | 'knownSessions'> | undefined
  authorize: Authorize<AnyContract>
  onMessage: AnyOnceHandler | undefined
  /** Creates the tables of the app. */
  createTables: AppTables<object>['create'] | undefined
  addressOf: ClientAddress
  /** Absent when metrics are off. */
  metrics: MetricsOptions | undefined
  limits: Limits
  allowQueryToken: boolean
  checkOutputs: boolean
  checkEvents: boolean
  isProduction: boolean
  runtime: Runtime
  product: Product
  origins: ListeningOptions
  /** Where Socket.IO is served. */
  path: string
  surface: Omit<RestSurface, 'isGuest' | 'hasRoot'>
}

/** Options of any contract, whose handlers fit it as their type says. */
export type AnyOptions = BaseOptions & {
  contract?: AnyContract | undefined
  commands?: object | undefined
  authorize?: ((...args: never) => unknown) | undefined
  host?: string | undefined
  docs?: object | false | undefined
  prefix?: string | undefined
}

/** The environment of `NODE_ENV`; every value other than `production` means development. */
function currentEnvironment(): Environment {
  return process.env.NODE_ENV === 'production' ? 'production' : 'development'
}

/**
 * Fills in defaults.
 *
 * @throws {OptionError} `invalid_options`
 */
export function resolveOptions(options: AnyOptions): ResolvedOptions {
  const {
    contract = coreContract,
    commands = {},
    databaseUrl = 'sqlite:data/yektayar.db',
    redisUrl,
    sessionTtlDays = SESSION_LIFETIME_DAYS,
    sessionIdleDays = SESSION_IDLE_DAYS,
    trustProxy = [],
    authenticate,
    metrics,
    accountOf,
    authorize = ownAndPublicRooms,
    onMessage,
    tables,
    allowQueryToken = true,
    environment = currentEnvironment(),
    checkEvents = environment === 'development',
    runtime = detectRuntime(),
    corsOrigins,
    corsCredentials = false,
    publicUrls,
    host,
    allowLoopbackOrigins = environment === 'development',
    corsHeaders = true,
    health = true,
  } = options
  const { path, basePath } = readPaths(options)
  const limits = resolveLimits(options.limits)
  if (metrics) checkMetricsOptions(metrics)
  if (!(sessionTtlDays > 0 && Number.isFinite(sessionTtlDays))) {
    throw new OptionError(`sessionTtlDays is ${String(sessionTtlDays)}; allowed: a positive number`)
  }
  if (!(sessionIdleDays >= 0 && Number.isFinite(sessionIdleDays))) {
    throw new OptionError(`sessionIdleDays is ${String(sessionIdleDays)}; allowed: 0 or more`)
  }
  return {
    contract,
    commands,
    databaseUrl,
    redisUrl,
    sessionTtlDays,
    sessionIdleDays,
    signIn: authenticate && { authenticate, accountOf, limits },
    authorize: authorize as Authorize<AnyContract>, // asked about rooms of its contract alone
    onMessage: onMessage as AnyOnceHandler | undefined, // its input is parsed before it is called
    addressOf: createClientAddress(trustProxy),
    metrics,
    limits,
    allowQueryToken,
    createTables: tables?.create,
    checkOutputs: environment === 'development',
    checkEvents,
    isProduction: environment === 'production',
    runtime,
    product: productOf(options.product),
    origins: { corsOrigins, corsCredentials, allowLoopbackOrigins, publicUrls, host },
    path,
    surface: {
      basePath,
      hasHealth: health,
      isDocumented: options.docs !== false,
      corsHeaders,
      corsCredentials,
    },
  }
}
