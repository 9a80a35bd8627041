import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { addPageHeaders } from './securityHeaders.js'

/** Serves a built page from a directory at `/`. */
export async function registerDemo(app: FastifyInstance, directory: string): Promise<void> {
  await app.register(async (scope) => {
    await addPageHeaders(scope)
    await scope.register(fastifyStatic, {
      root: directory,
      // Only existing files get a route, so that everything else is answered with a JSON 404.
      wildcard: false,
      cacheControl: false, // its own would replace the one below
      setHeaders: (response, path) => {
        // Vite puts a hash into the names below assets/.
        const isHashed = path.includes('/assets/')
        response.setHeader(
          'Cache-Control',
          isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
        )
      },
    })
  })
}
