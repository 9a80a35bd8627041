import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { identity } from '../identity.js'

const ServerReport = z.object({
  message: z.string(),
  version: z.string(),
  status: z.string(),
  features: z.object({
    rest: z.boolean(),
    websocket: z.boolean(),
    authentication: z.boolean(),
    realtime: z.boolean(),
  }),
})

const Health = z.object({ status: z.literal('healthy'), timestamp: z.iso.datetime() })

/** Tells at one address what this server is. */
export function registerServerReport(
  app: FastifyInstance,
  url: string,
  hasRealtime: boolean,
): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    url,
    {
      schema: {
        summary: 'Tell what this server is',
        tags: ['server'],
        response: { 200: ServerReport },
      },
    },
    () => ({
      message: identity.platformName,
      version: identity.version,
      status: 'running',
      features: { rest: true, websocket: hasRealtime, authentication: true, realtime: hasRealtime },
    }),
  )
}

/** Tells at `/health` that the process lives. */
export function registerHealth(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/health',
    {
      schema: {
        summary: 'Tell that the server lives',
        tags: ['server'],
        response: { 200: Health },
      },
    },
    () => ({ status: 'healthy' as const, timestamp: new Date().toISOString() }),
  )
}
