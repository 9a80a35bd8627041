import { YektaYarSocket } from '@yektayar/client'
import type { YektaYarSocketOptions } from '@yektayar/client'
import type { Plugin } from 'vue'
import { createRealtime, isBrowser, realtimeKey } from './realtime.js'
import type { AppClient, AppContract } from './register.js'

/** Options of `createYektaYar`: those of a client, or a client. */
export interface CreateYektaYarOptions extends YektaYarSocketOptions<AppContract> {
  /** A client that exists already; the other client options are not looked at then. @default none */
  client?: AppClient | undefined
  /** Whether an app connects by itself once it is installed in a browser. @default false */
  autoConnect?: boolean | undefined
}

/** The plugin, and the client that it hands to components. */
export type YektaYarPlugin = Plugin<[]> & { readonly client: AppClient }

/**
 * Creates the Vue plugin. The client belongs to the apps that use it and not to their components,
 * so remounting and hot reload keep the connection; the last app that unmounts closes it.
 *
 * @throws {YektaYarError} `invalid_options`
 */
export function createYektaYar(options: CreateYektaYarOptions = {}): YektaYarPlugin {
  const { client: given, autoConnect = false, ...clientOptions } = options
  const client = given ?? new YektaYarSocket<AppContract>(clientOptions)
  const realtime = createRealtime(client)
  let users = 0
  return {
    client,
    install(app) {
      users++
      app.provide(realtimeKey, realtime)
      app.onUnmount(() => {
        users--
        if (users === 0) void client.disconnect()
      })
      if (autoConnect && isBrowser()) void client.connect()
    },
  }
}
