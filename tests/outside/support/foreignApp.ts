import type { AddressInfo } from 'node:net'
import { yektayar } from '@yektayar/server'
import type { YektaYarOptions } from '@yektayar/server'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'

/** An app around the plugin. */
export interface ForeignApp {
  /** Options of Fastify. */
  fastify?: FastifyServerOptions
  /** Runs before the plugin is registered. */
  before?: (app: FastifyInstance) => unknown
  /** Runs after the plugin is registered. */
  after?: (app: FastifyInstance) => unknown
  /** Options of the plugin and of `register`. */
  options?: YektaYarOptions & { prefix?: string }
}

/** An app with this plugin and others, on a free port; it closes at the end of the scope. */
export async function startForeignApp({ fastify, before, after, options }: ForeignApp = {}) {
  const app = Fastify({ ...fastify })
  try {
    await before?.(app)
    await installPlugin(app, options)
    await after?.(app)
    await app.listen({ port: 0, host: '127.0.0.1' })
  } catch (error) {
    await app.close()
    throw error
  }
  const { port } = app.server.address() as AddressInfo // it listens on a port
  const url = `http://127.0.0.1:${String(port)}`
  return { app, url, [Symbol.asyncDispose]: () => app.close() }
}

/** Registers the plugin. All these tests do it here. */
export async function installPlugin(
  app: FastifyInstance,
  { prefix, ...options }: NonNullable<ForeignApp['options']> = {},
): Promise<void> {
  const realtime = yektayar({ databaseUrl: 'sqlite::memory:', ...options })
  await app.register(realtime, prefix === undefined ? {} : { prefix })
}
