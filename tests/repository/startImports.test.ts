import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const dist = fileURLToPath(new URL('../../packages/server/dist', import.meta.url))

const STATIC_IMPORT = /^(?:import|export)\b[^;'"(]*?(?:from\s*)?["']([^"']+)["']/gm

/** What a built file loads before it runs: its own chunks, and packages. */
function importsOf(entry: string): { files: ReadonlySet<string>; packages: string[] } {
  const files = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
      if (name.startsWith('.')) visit(join(dirname(file), name))
      else if (!builtinModules.includes(name.replace(/^node:/, ''))) packages.add(name)
    }
  }
  visit(join(dist, entry))
  return { files, packages: [...packages].sort() }
}

/** What each server needs; all else is loaded with the option or the request that needs it. */
const needed = ['@fastify/helmet', '@fastify/proxy-addr', 'fastify', 'fastify-plugin'].concat([
  'fastify-type-provider-zod',
  'libsql',
  'pino',
  'socket.io',
  'socket.io-adapter',
  'socket.io-parser',
  'ws',
  'zod',
])

it('loads what a server needs, and no documents, metrics, passwords or coloured logs', () => {
  expect(importsOf('index.js').packages).toEqual(
    [...needed, '@yektayar/protocol', '@yektayar/protocol/rules', 'kysely'].sort(),
  )
})

it('has Kysely and the contract in the standalone server, as one file in place of hundreds', () => {
  expect(importsOf('standalone/cli.js').packages).toEqual(needed)
})

it('loads the engine alone into the thread of the store', () => {
  expect(importsOf('storeThread.js').packages).toEqual(['libsql'])
})

it.each(['index.js', 'standalone/cli.js', 'storeThread.js'])(
  'has no wide character in %s',
  (entry) => {
    for (const file of importsOf(entry).files) {
      expect(/[^\0-\xff]/.exec(readFileSync(file, 'utf8'))?.[0]).toBeUndefined()
    }
  },
)
