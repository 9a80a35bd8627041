import { YektaYarError, YektaYarSocket } from '@yektayar/client'
import type { YektaYarSocketOptions } from '@yektayar/client'
import type { App, Plugin } from 'vue'
import { onceHydrated } from './onceHydrated.js'
import { createRealtime, isBrowser, realtimeKey } from './realtime.js'
import type { AppClient, AppContract } from './register.js'

/** Options of `createYektaYar`: options of a client, or an existing client. */
export interface CreateYektaYarOptions extends YektaYarSocketOptions<AppContract> {
  /** An existing client; the other client options are ignored then. @default none */
  client?: AppClient | undefined
  /** Whether to connect once the app is mounted in a browser. @default false */
  autoConnect?: boolean | undefined
}

/** The plugin, and the client that it provides to components. */
export type YektaYarPlugin = Plugin<[]> & { readonly client: AppClient }

/**
 * Creates the Vue plugin. The client belongs to the apps that use the plugin and not to their
 * components, so the connection survives remounts and hot reloads. The last app that unmounts
 * closes it.
 *
 * @throws {YektaYarError} `invalid_options`
 */
export function createYektaYar(options: CreateYektaYarOptions = {}): YektaYarPlugin {
  checkOptions(options)
  const { client: given, autoConnect = false, ...clientOptions } = options
  const client = given ?? new YektaYarSocket<AppContract>(clientOptions)
  const realtime = createRealtime(client)
  return {
    client,
    install(app) {
      users.set(client, (users.get(client) ?? 0) + 1)
      app.provide(realtimeKey, realtime)
      app.onUnmount(() => {
        const left = (users.get(client) ?? 1) - 1
        users.set(client, left)
        if (left === 0) void client.disconnect()
      })
      if (autoConnect && isBrowser()) connectOnceMounted(app, client)
    },
  }
}

/** How many apps use a client, which several plugins may have. */
const users = new WeakMap<AppClient, number>()

/** Refuses what plain JavaScript may pass instead of options. */
function checkOptions(options: CreateYektaYarOptions): void {
  const allowed = 'createYektaYar() takes options, as in app.use(createYektaYar({ url }))'
  if (typeof (options as unknown) !== 'object' || (options as unknown) === null) {
    throw new YektaYarError('invalid_options', `${allowed}, not ${typeof options}`)
  }
  if ('mount' in options) throw new YektaYarError('invalid_options', `${allowed}, not an app`)
  const { client } = options
  if (client && typeof (client as Partial<AppClient>).subscribe !== 'function') {
    const message = 'The option "client" must be a YektaYarSocket'
    throw new YektaYarError('invalid_options', message)
  }
}

/** Not earlier, since hydration has to find what the server has rendered: a client that is idle. */
function connectOnceMounted(app: App, client: AppClient): void {
  const mount = app.mount.bind(app)
  app.mount = (...args) => {
    const root = mount(...args)
    onceHydrated(app, () => {
      void client.connect()
    })
    return root
  }
}
