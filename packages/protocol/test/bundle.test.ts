import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const packageDirectory = fileURLToPath(new URL('..', import.meta.url))

/** Bundles an import of this package as a browser would load it; sizes are in bytes. */
async function bundle(code: string) {
  const { metafile } = await build({
    stdin: { contents: code, resolveDir: packageDirectory },
    alias: { '@yektayar/protocol': `${packageDirectory}/dist/index.js` },
    bundle: true,
    metafile: true,
    write: false,
    format: 'esm',
  })
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
  return used.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path)
}

describe('a bundle', () => {
  it('has no schema library in it when only constants, codes and types are imported', async () => {
    const inputs = await bundle(`
      import { DEFAULT_PORT, isRetryable, serverErrorCodes, validate } from '@yektayar/protocol'
      console.log(DEFAULT_PORT, isRetryable('timeout'), serverErrorCodes, validate)
    `)
    expect(inputs.filter((path) => path.includes('zod'))).toEqual([])
  })

  it('has one when the contract itself is imported', async () => {
    const inputs = await bundle(`
      import { coreContract } from '@yektayar/protocol'
      console.log(coreContract)
    `)
    expect(inputs.some((path) => path.includes('zod'))).toBe(true)
  })
})
