import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { addPageHeaders } from './securityHeaders.js'

const PAGE = 'index.html'
const MUST_REVALIDATE = 'no-cache'

/**
 * Serves a built page from a directory at `/`.
 *
 * @param names what to tell the page by `<meta name content>`, such as a base path
 */
export async function registerDemo(
  app: FastifyInstance,
  directory: string,
  names: Readonly<Record<string, string>> = {},
): Promise<void> {
  await app.register(async (scope) => {
    await addPageHeaders(scope)
    const page = await readPage(directory, names)
    if (page !== undefined) {
      for (const url of ['/', `/${PAGE}`]) {
        scope.get(url, { schema: { hide: true } }, (_request, reply) =>
          reply
            .header('Cache-Control', MUST_REVALIDATE)
            .type('text/html; charset=utf-8')
            .send(page),
        )
      }
    }
    await scope.register(fastifyStatic, {
      root: directory,
      // Only existing files get a route, so that everything else is answered with a JSON 404.
      wildcard: false,
      ...(page !== undefined && { globIgnore: [PAGE] }),
      cacheControl: false, // its own would replace the one below
      setHeaders: (response, path) => {
        // Vite puts a hash into the names below assets/.
        const isHashed = path.includes('/assets/')
        response.setHeader(
          'Cache-Control',
          isHashed ? 'public, max-age=31536000, immutable' : MUST_REVALIDATE,
        )
      },
    })
  })
}

/** The page with the names in its head; `undefined` where it can stay as it is. */
async function readPage(
  directory: string,
  names: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const tags = Object.entries(names).map(
    ([name, text]) => `<meta name="${name}" content="${text}">`,
  )
  if (tags.length === 0) return undefined
  const page = await readFile(join(directory, PAGE), 'utf8').catch(() => undefined)
  return page?.replace(/<head>/i, (head) => head + tags.join(''))
}
