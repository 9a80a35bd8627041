import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import type * as client from '../src/index.js'

const packageDirectory = fileURLToPath(new URL('..', import.meta.url))
/** Decision 0003 says what it buys. */
const MAX_GZIP_BYTES = 26_400

describe('the built package', () => {
  it('weighs at most 26.4 kB gzip over socket.io-client, without a schema library', async () => {
    const whole = await bundle("export * from './dist/index.js'")
    const alone = await bundle("export { io } from 'socket.io-client'")
    expect(whole.gzipBytes - alone.gzipBytes).toBeLessThanOrEqual(MAX_GZIP_BYTES)
    expect(whole.inputs.filter((path) => path.includes('zod'))).toEqual([])
  })

  it('can be required from CommonJS', () => {
    const require = createRequire(import.meta.url)
    const required = require('../dist/index.cjs') as typeof client
    expect(new required.YektaYarSocket('token').status).toBe('idle')
  })
})

/** Bundles some code and returns what the browser loads at first, without lazy chunks. */
async function bundle(contents: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: packageDirectory },
    bundle: true,
    splitting: true,
    outdir: 'bundle',
    minify: true,
    metafile: true,
    write: false,
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
