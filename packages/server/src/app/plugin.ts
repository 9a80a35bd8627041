import type { AnyContract, CoreContract } from '@yektayar/protocol'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { closeAtFence } from '../connections/closeAtFence.js'
import { closeWithApp } from '../connections/drainOnClose.js'
import { holdPolls } from '../connections/holdPolls.js'
import type { StoreFence } from '../connections/storeFence.js'
import { fenceAddresses } from '../guards/addressLimits.js'
import { guardControl } from '../guards/controlFrameLimit.js'
import { countEngineRefusals } from '../guards/engineRefusals.js'
import { guardUnread } from '../guards/slowConsumerGuard.js'
import { watchUpgrades } from '../guards/watchUpgrades.js'
import { addressByApp } from '../http/addressByApp.js'
import { notFoundForPages } from '../http/cors.js'
import { sendNotFound } from '../http/errors.js'
import { listenForMetrics } from '../http/metricsRoute.js'
import { registerRestRoutes } from '../http/restRoutes.js'
import type { RestSurface } from '../http/restRoutes.js'
import { registerSecondAddress } from '../http/secondAddress.js'
import type { Prometheus } from '../metrics/prometheus.js'
import type { ClientAddress } from '../shared/clientAddress.js'
import { createCloseNotice } from '../shared/closeNotice.js'
import { createDraining } from '../shared/draining.js'
import type { Draining } from '../shared/draining.js'
import { guardLog } from '../shared/guardLog.js'
import type { LimitName, Limits } from '../shared/limits.js'
import { noMetrics } from '../shared/metrics.js'
import type { Gauges, Metrics } from '../shared/metrics.js'
import { OptionError } from '../shared/optionError.js'
import { createOriginPolicy, logRefusedOrigins } from '../shared/originPolicy.js'
import { createRefusalLog } from '../shared/refusalLog.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import { refuseUnknown } from '../shared/refuseUnknown.js'
import type { Runtime } from '../shared/runtime.js'
import type { Standstill } from '../shared/standstill.js'
import type { RealtimeServer } from '../socketio/connection.js'
import { watchWebSockets } from '../socketio/controlFrames.js'
import { sendWholeFrames } from '../socketio/directFrames.js'
import { forgetRequests } from '../socketio/releaseRequests.js'
import { reportMissing } from '../socketio/reportMissing.js'
import { hurryPolling } from '../socketio/shortenPollingClose.js'
import { watchTransports } from '../socketio/transportEvents.js'
import { checkOptions } from './checkOptions.js'
import { composeServer } from './composeServer.js'
import { logHandshakeFailures } from './createSocketServer.js'
import { addDeferredMembers } from './deferredMembers.js'
import { resolveOptions } from './options.js'
import type { AnyOptions, YektaYarOptions } from './options.js'
import type { YektaYar, YektaYarPlugin } from './yektaYar.js'

/** What `register` itself takes. */
const registerOptions = ['prefix', 'logLevel', 'logSerializers']

/**
 * Makes a Fastify plugin with sessions over REST, and every command of the contract over Socket.IO, on
 * the app's own port. What it returns is also the app's handle, typed by the contract:
 *
 * ```ts
 * const realtime = yektayar({ contract, commands })
 * await app.register(realtime)
 * ```
 *
 * It also decorates the app with `app.yektayar`. `register` takes a `prefix`, which is the `basePath`.
 * Registering it throws `OptionError` (`invalid_options`) for options that cannot work, and the second time.
 */
export function yektayar<Contract extends AnyContract = CoreContract, Tables = object>(
  options: YektaYarOptions<Contract, Tables> = {} as YektaYarOptions<Contract, Tables>, // none is required
): YektaYarPlugin<Contract, Tables> {
  if (isApp(options)) return Promise.reject(oldForm()) as never // a sync error would end the process
  let handle: YektaYar | undefined
  let isTaken = false
  const register = fp(
    async (app: FastifyInstance, given: { prefix?: string }) => {
      refuseUnknown(given, registerOptions, '', optionElsewhere(given))
      if (isTaken) {
        throw new OptionError(
          'This plugin is registered already; call yektayar() once for each app',
        )
      }
      isTaken = true
      try {
        checkOptions(options, 'yektayar')
        const { prefix } = given
        const checked = { ...(options as unknown as AnyOptions), prefix } // of any contract
        await install(app, checked, { isGuest: true, hasRoot: false })
      } catch (error) {
        isTaken = false
        throw error
      }
      handle = app.yektayar
    },
    { name: '@yektayar/server', fastify: '5.x' },
  )
  const plugin: unknown = addDeferredMembers(register, () => handle)
  return plugin as YektaYarPlugin<Contract, Tables> // the contract of its options
}

/** Whether this was called by `app.register(yektayar, options)`. */
function isApp(value: object): boolean {
  return 'decorate' in value && 'register' in value
}

function oldForm(): OptionError {
  return new OptionError(
    'yektayar makes the plugin: write app.register(yektayar(options)) in place of app.register(yektayar, options)',
  )
}

/** What to say about options that `register` does not take. */
function optionElsewhere(given: object): Record<string, string> {
  return Object.fromEntries(
    Object.keys(given).map((name) => [
      name,
      'Options go to yektayar(options); register takes prefix',
    ]),
  )
}

/** Whether the app is somebody else's, whether `/` is free in it, and who else counts. */
interface InstallPlace extends Pick<RestSurface, 'isGuest' | 'hasRoot'> {
  onMetrics?(this: void, metrics: Metrics): void
}

/**
 * Puts everything into an app, whose options were checked.
 *
 * @throws {OptionError} `invalid_options`
 */
export async function install(
  app: FastifyInstance,
  options: AnyOptions,
  { onMetrics, ...place }: InstallPlace,
): Promise<void> {
  const resolved = resolveOptions(options)
  const { limits, runtime } = resolved
  const log = guardLog(app.log)
  const addressOf = options.trustProxy ? resolved.addressOf : addressByApp(app)
  const logRefusal = createRefusalLog(log, limits)
  app.addHook('onClose', logRefusal.close)
  const isOriginAllowed = createOriginPolicy(resolved.origins, (error) => {
    log.error({ err: error }, 'corsOrigins could not say whether an origin is allowed; it is not')
  })
  const admitOrigin = logRefusedOrigins(isOriginAllowed, addressOf, logRefusal)

  const draining = createDraining()
  const prometheus = resolved.metrics && (await startMetrics(() => core.gauges, runtime))
  if (prometheus) app.addHook('onClose', prometheus.close)
  const metrics: Metrics = prometheus ?? noMetrics
  onMetrics?.(metrics)
  const core = await composeServer(resolved, {
    isOriginAllowed,
    admitOrigin,
    draining,
    metrics,
    logRefusal,
    log,
  })
  app.addHook('onClose', core.close)
  const { offered } = core
  const { io, sessions, database, emit, publish } = offered
  const { isProduction } = resolved
  const closeNotice = createCloseNotice({ draining, isProduction, limits, log })
  const listener =
    prometheus && listenForMetrics(app, { prometheus, limits, logRefusal }, resolved.metrics)
  app.decorate('yektayar', {
    ...offered,
    limits,
    announceClose: closeNotice.announce,
    get metricsUrl() {
      return listener?.url
    },
  })

  if (runtime.supportsSocketIo) {
    const { fence, standstill } = core
    const guards = { fence, standstill, draining }
    attachSockets(app, io, { limits, addressOf, ...guards, metrics, logRefusal })
  }
  const { corsHeaders, corsCredentials } = resolved.surface
  if (!place.isGuest) {
    app.setNotFoundHandler(
      corsHeaders ? notFoundForPages(isOriginAllowed, corsCredentials) : sendNotFound,
    )
  }
  await registerRestRoutes(app, {
    limits,
    surface: { ...resolved.surface, ...place },
    supportsSocketIo: runtime.supportsSocketIo,
    product: resolved.product,
    signIn: resolved.signIn && { ...resolved.signIn, services: { database, emit, publish } },
    logRefusal,
    admitOrigin,
    sessions,
    requireWritable: core.requireWritable,
    strictLimits: core.strictLimits,
    knownSessions: core.knownSessions,
    draining,
    onReadyAsked: closeNotice.onAsked,
    metrics,
    prometheus: listener ? undefined : prometheus,
    metricsToken: resolved.metrics?.token,
  })
}

/** Creates the metrics. Their library is loaded only where there are some. */
async function startMetrics(gauges: () => Gauges, runtime: Runtime): Promise<Prometheus> {
  const { createPrometheus } = await import('../metrics/prometheus.js')
  return createPrometheus(gauges, runtime)
}

/** What `attachSockets()` needs. */
interface AttachDeps {
  limits: Limits
  addressOf: ClientAddress
  draining: Draining
  fence: StoreFence
  standstill: Standstill
  metrics: Metrics
  logRefusal: RefusalLog
}

/** Attaches Socket.IO to the app's server, with every guard around it. */
function attachSockets(
  app: FastifyInstance,
  io: RealtimeServer,
  { limits, addressOf, draining, fence, standstill, metrics, logRefusal }: AttachDeps,
): void {
  const { log } = app
  const upgraded = watchUpgrades(app, io.path(), limits, () => {
    io.attach(app.server, {
      destroyUpgrade: false, // which would leave sockets half open
      // Engine.IO takes a compressed answer for a broken one, since its stream closes before it ends.
      ...(isHttp2(app) && { httpCompression: false }),
    })
  })
  logHandshakeFailures(io, metrics, log)
  const transports = watchTransports(io)
  const { watch } = transports
  reportMissing({ io, watch, log })
  fenceAddresses({ io, watch, limits, metrics, addressOf, logRefusal })
  countEngineRefusals({ watch, limits, metrics })
  const onRefused = (limit: LimitName): void => {
    metrics.refused(limit)
    log.info({ limit }, 'connection closed by a limit')
  }
  hurryPolling(io, limits.closeGraceMs)
  const countControl = guardControl(io, { limits, onRefused })
  const unread = guardUnread({
    transports,
    limits,
    onRefused: (limit, unsentBytes) => {
      metrics.refused(limit)
      log.info({ limit, reason: 'slow_consumer', unsentBytes }, 'reset a slow consumer')
    },
  })
  app.addHook('onClose', unread.close)
  watchWebSockets(io, {
    ping: countControl,
    pong: (conn, payload) => {
      if (!unread.pong(conn, payload)) countControl(conn)
    },
  })
  sendWholeFrames(watch)
  forgetRequests(watch)
  holdPolls(io, { standstill, limits })
  closeAtFence(io, { fence, transports, metrics, limits, log })
  closeWithApp(app, io, { transports, upgraded, draining, metrics, limits })
  registerSecondAddress(app, io.path())
}

function isHttp2({ initialConfig }: FastifyInstance): boolean {
  return initialConfig.http2 === true
}
