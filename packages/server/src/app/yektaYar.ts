import type { AnyContract, CoreContract } from '@yektayar/protocol'
import type { FastifyInstance, FastifyPluginOptions, RawServerBase } from 'fastify'
import type { Connections } from '../connections/connectionsOf.js'
import type { AppServices } from '../context/appContext.js'
import type { Publisher } from '../once/publisher.js'
import type { RoomRights } from '../rooms/roomRights.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Limits } from '../shared/limits.js'
import type { RealtimeServer } from '../socketio/connection.js'

/** What a server offers to the app around it, typed by the contract. */
export interface YektaYar<Contract extends AnyContract = CoreContract, Tables = object>
  extends Publisher<Contract>, AppServices<Contract, Tables> {
  /** Its main namespace asks for a session; namespaces of the app's own are open until they ask, too. */
  readonly io: RealtimeServer<Contract>
  readonly sessions: Sessions
  /** The connections of this process, by user or session. */
  readonly connections: Connections<Contract>
  /** Who is in rooms, and takes away the right to be there. */
  readonly rooms: RoomRights
  readonly limits: Limits
  /**
   * Call it on SIGTERM, before the app closes: `/ready` is 503 from now on and all else goes on, so
   * that no client is sent here any more. Resolves after `readyNoticeMs`; at once where nobody looks:
   * in development, unless `/ready` was asked for within the last minute.
   */
  announceClose(this: void): Promise<void>
  /** Where metrics are, once the app is ready, if they have a port of their own. */
  readonly metricsUrl: string | undefined
}

/**
 * What `yektayar(options)` returns: a Fastify plugin, and the app's handle on it. Before
 * `await app.register(it)`, each member of the handle throws a `UsageError` with `not_registered`.
 */
export interface YektaYarPlugin<
  Contract extends AnyContract = CoreContract,
  Tables = object,
> extends YektaYar<Contract, Tables> {
  (app: FastifyInstance<RawServerBase>, options: FastifyPluginOptions): Promise<void>
}

/**
 * An app registers its contract here, and its tables if it has any, so that `app.yektayar` is typed by them in
 * every file: `declare module '@yektayar/server' { interface Register { contract: typeof contract } }`.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- apps add to it
export interface Register {}

type RegisteredContract = Register extends { contract: infer Contract extends AnyContract }
  ? Contract
  : CoreContract

type RegisteredTables = Register extends { tables: infer Tables } ? Tables : object

declare module 'fastify' {
  interface FastifyInstance {
    /** Decorated by the plugin that `yektayar(options)` returns; typed by `Register`. */
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-arguments -- an app registers another
    yektayar: YektaYar<RegisteredContract, RegisteredTables>
  }
}
