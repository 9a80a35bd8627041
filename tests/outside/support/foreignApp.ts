import type { AddressInfo } from 'node:net'
import { yektayar } from '@yektayar/server'
import type { YektaYarOptions } from '@yektayar/server'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'

/** What surrounds the plugin in somebody else's app. */
export interface ForeignApp {
  /** Of Fastify itself. */
  fastify?: FastifyServerOptions
  /** What the app registers before the plugin. */
  before?: (app: FastifyInstance) => unknown
  /** What the app registers after it. */
  after?: (app: FastifyInstance) => unknown
  /** Options of the plugin, and what `register` itself takes. */
  options?: YektaYarOptions & { prefix?: string }
}

/** An app that has the plugin among others, on a free port; closed at the end of the scope. */
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

/** The one place where these tests register the plugin. */
export async function installPlugin(
  app: FastifyInstance,
  options: ForeignApp['options'] = {},
): Promise<void> {
  await app.register(yektayar, { databaseUrl: 'sqlite::memory:', ...options })
}
