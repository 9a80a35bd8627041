import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import * as client from '../src/index.js'

const packageDirectory = fileURLToPath(new URL('..', import.meta.url))
const MAX_GZIP_BYTES = 6_600

describe('the built package', () => {
  it('holds these values', () => {
    expect(Object.keys(client).sort()).toEqual([
      'YektaYarError',
      'YektaYarSocket',
      'isYektaYarError',
      'memoryStorage',
      'webStorage',
    ])
  })

  it('weighs at most 6.6 kB gzip over socket.io-client, without a schema library', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [`${packageDirectory}/dist/index.js`],
      bundle: true,
      minify: true,
      metafile: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      external: ['socket.io-client'],
    })
    expect(gzipSync(outputFiles[0]?.contents ?? '').length).toBeLessThanOrEqual(MAX_GZIP_BYTES)
    expect(Object.keys(metafile.inputs).filter((path) => path.includes('zod'))).toEqual([])
  })

  it('can be required from CommonJS', () => {
    const require = createRequire(import.meta.url)
    const required = require('../dist/index.cjs') as typeof client
    expect(new required.YektaYarSocket('token').status).toBe('idle')
  })
})
