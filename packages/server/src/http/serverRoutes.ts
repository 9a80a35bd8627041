import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Sessions } from '../sessions/sessions.js'
import { serverDraining } from '../shared/draining.js'
import type { Draining } from '../shared/draining.js'
import type { Limits } from '../shared/limits.js'
import { CommandError } from '../shared/commandError.js'
import { inTime } from '../shared/inTime.js'
import type { Product } from '../shared/productTexts.js'
import { ErrorBody } from './errors.js'
import { zodRoute } from './zodSchemas.js'

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

const Ready = z.object({ status: z.literal('ready'), timestamp: z.iso.datetime() })
const Health = z.object({ status: z.literal('healthy'), timestamp: z.iso.datetime() })

/** How long a store may take for one look-up. */
const READY_MS = 2_000

/** Serves a description of this server at one address. */
export function registerServerReport(
  app: FastifyInstance,
  url: string,
  { product, supportsSocketIo: hasRealtime }: { product: Product; supportsSocketIo: boolean },
): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    url,
    {
      ...zodRoute,
      schema: {
        summary: 'Describe this server',
        tags: ['server'],
        response: { 200: ServerReport },
      },
    },
    () => ({
      message: product.platformName,
      version: product.version,
      status: 'running',
      features: { rest: true, websocket: hasRealtime, authentication: true, realtime: hasRealtime },
    }),
  )
}

/** Tells that the process lives. */
export function registerHealth(app: FastifyInstance, url: string): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    url,
    {
      ...zodRoute,
      schema: {
        summary: 'Report that the server process runs',
        tags: ['server'],
        response: { 200: Health },
      },
    },
    () => ({ status: 'healthy' as const, timestamp: new Date().toISOString() }),
  )
}

/** What readiness depends on. */
export interface ReadinessDeps {
  sessions: Sessions
  /** Rejects while the store cannot be reached or written. */
  requireWritable(this: void): Promise<void>
  draining: Draining
  /** Called whenever somebody asks. */
  onAsked(this: void): void
  limits: Limits
}

/** Tells whether new clients are welcome: the store reads and writes, and nothing is closing. */
export function registerReadiness(
  app: FastifyInstance,
  url: string,
  { sessions, requireWritable, draining, onAsked, limits }: ReadinessDeps,
): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    url,
    {
      ...zodRoute,
      schema: {
        summary: 'Report whether the server accepts new clients',
        tags: ['server'],
        response: { 200: Ready, 503: ErrorBody },
      },
    },
    async () => {
      onAsked()
      if (!draining.isReady) throw serverDraining(limits)
      await requireWritable()
      // Every handshake needs this look-up of a session.
      await inTime(READY_MS, sessions.find(''), storeSilent)
      return { status: 'ready' as const, timestamp: new Date().toISOString() }
    },
  )
}

function storeSilent(): CommandError {
  return new CommandError('store_unavailable', 'The store does not answer', {
    hint: 'Check the network between this server and its database',
  })
}
