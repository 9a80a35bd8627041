import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const packageDirectory = fileURLToPath(new URL('..', import.meta.url))

it('has an entry for the fake that a browser can load, without the server', async () => {
  const { metafile, errors } = await build({
    stdin: { contents: "export * from './dist/fake.js'", resolveDir: packageDirectory },
    bundle: true,
    metafile: true,
    write: false,
    format: 'esm',
    platform: 'browser', // fails on an import of a Node module
    logLevel: 'error',
  })
  expect(errors).toEqual([])
  const inputs = Object.keys(metafile.inputs)
  expect(inputs.filter((path) => /packages\/server|fastify|libsql/.test(path))).toEqual([])
})
