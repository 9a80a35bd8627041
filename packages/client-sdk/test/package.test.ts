import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import type * as client from '../src/index.js'

const packageDirectory = fileURLToPath(new URL('..', import.meta.url))
/** By the target of the app's bundler. Decision 0003 says what it buys. */
const MAX_GZIP_BYTES = { esnext: 28_500, es2020: 29_000 }

describe('the built package', () => {
  it.each(['esnext', 'es2020'] as const)(
    'weighs at most 29 kB gzip over socket.io-client for %s, without a schema library',
    async (target) => {
      const whole = await bundle("export * from './dist/index.js'", target)
      const alone = await bundle("export { io } from 'socket.io-client'", target)
      expect(whole.gzipBytes - alone.gzipBytes).toBeLessThanOrEqual(MAX_GZIP_BYTES[target])
      expect(whole.inputs.filter((path) => path.includes('zod'))).toEqual([])
    },
  )

  it('hides the members of a client', () => {
    const require = createRequire(import.meta.url)
    const { YektaYarSocket } = require('../dist/index.cjs') as typeof client
    const [tag, ...names] = Reflect.ownKeys(new YektaYarSocket('a secret')).reverse()
    expect(tag).toBe(Symbol.toStringTag)
    expect(names.sort()).toEqual(['getSnapshot', 'subscribe'])
  })

  it('can be required from CommonJS', () => {
    const require = createRequire(import.meta.url)
    const required = require('../dist/index.cjs') as typeof client
    expect(new required.YektaYarSocket('token').status).toBe('idle')
  })
})

/** Bundles some code and returns what the browser loads at first, without lazy chunks. */
async function bundle(contents: string, target: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: packageDirectory },
    bundle: true,
    splitting: true,
    outdir: 'bundle',
    minify: true,
    metafile: true,
    write: false,
    target,
    format: 'esm',
    platform: 'browser',
  })
  const entry = outputFiles.find(({ path }) => path.endsWith('stdin.js'))
  const output = Object.entries(metafile.outputs).find(([path]) => path.endsWith('stdin.js'))?.[1]
  return {
    gzipBytes: gzipSync(entry?.contents ?? '').length,
    inputs: Object.keys(output?.inputs ?? {}),
  }
}
