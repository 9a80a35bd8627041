import { coreContract, SESSION_LIFETIME_DAYS } from '@yektayar/protocol'
import type { AnyContract, CommandName, CoreContract } from '@yektayar/protocol'
import { OptionError } from './optionError.js'
import type { OriginPolicyOptions } from './origins.js'
import { detectRuntime } from './runtime.js'
import type { Runtime } from './runtime.js'
import type { AppCommandHandlers } from './socket/commandContext.js'

/** Where the server runs; decides defaults only. */
export type Environment = 'development' | 'production'

/** Options of the plugin that do not depend on the contract. */
export interface BaseOptions extends OriginPolicyOptions {
  /** `sqlite:<path>` or `sqlite::memory:`. @default 'sqlite:data/yektayar.db' */
  databaseUrl?: string
  /** Absolute lifetime of a session, in days. @default 30 */
  sessionTtlDays?: number
  /** Whether a token in the query of a handshake counts; deprecated, since URLs get logged. @default true */
  allowQueryToken?: boolean
  /** `development` checks results against the contract and allows this machine's origins. @default from NODE_ENV */
  environment?: Environment
  /** What runs this; Socket.IO is left out where it cannot work. @default detected */
  runtime?: Runtime
}

/** The contract and the handlers that it needs beyond the core commands. */
type ContractOptions<Contract extends AnyContract> = [
  Exclude<CommandName<Contract>, CommandName>,
] extends [never]
  ? { contract?: Contract; commands?: AppCommandHandlers<Contract> }
  : { contract: Contract; commands: AppCommandHandlers<Contract> }

/** Options of the `yektayar` plugin. */
export type YektaYarOptions<Contract extends AnyContract = CoreContract> = BaseOptions &
  ContractOptions<Contract>

/** The options with their defaults filled in. */
export interface ResolvedOptions {
  contract: AnyContract
  commands: object
  databaseUrl: string
  sessionTtlDays: number
  allowQueryToken: boolean
  checkOutputs: boolean
  runtime: Runtime
  corsOrigins: readonly string[]
  corsCredentials: boolean
  allowLoopbackOrigins: boolean
}

/** The environment that `NODE_ENV` names; everything but `production` is development. */
function currentEnvironment(): Environment {
  return process.env.NODE_ENV === 'production' ? 'production' : 'development'
}

/**
 * Fills in defaults.
 *
 * @throws {OptionError} `invalid_options`
 */
export function resolveOptions(
  options: BaseOptions & { contract?: AnyContract; commands?: object },
): ResolvedOptions {
  const {
    contract = coreContract,
    commands = {},
    databaseUrl = 'sqlite:data/yektayar.db',
    sessionTtlDays = SESSION_LIFETIME_DAYS,
    allowQueryToken = true,
    environment = currentEnvironment(),
    runtime = detectRuntime(),
    corsOrigins = [],
    corsCredentials = false,
    allowLoopbackOrigins = environment === 'development',
  } = options
  if (!(sessionTtlDays > 0 && Number.isFinite(sessionTtlDays))) {
    throw new OptionError(`sessionTtlDays is ${String(sessionTtlDays)}; allowed: a positive number`)
  }
  return {
    contract,
    commands,
    databaseUrl,
    sessionTtlDays,
    allowQueryToken,
    checkOutputs: environment === 'development',
    runtime,
    corsOrigins,
    corsCredentials,
    allowLoopbackOrigins,
  }
}
