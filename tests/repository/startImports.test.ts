import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const dist = new URL('../../packages/server/dist/', import.meta.url)

const STATIC_IMPORT = /^(?:import|export)\b[^;'"(]*?(?:from\s*)?["']([^"']+)["']/gm

/** The packages that a built file loads before it runs, by itself and by its own chunks. */
function packagesOf(entry: string): string[] {
  const seen = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: URL): void => {
    if (seen.has(file.href)) return
    seen.add(file.href)
    for (const [, name = ''] of readFileSync(fileURLToPath(file), 'utf8').matchAll(STATIC_IMPORT)) {
      if (name.startsWith('.')) visit(new URL(name, file))
      else if (!builtinModules.includes(name.replace(/^node:/, ''))) packages.add(name)
    }
  }
  visit(new URL(entry, dist))
  return [...packages].sort()
}

/** What each server needs; all else is loaded with the option or the request that needs it. */
const needed = ['@fastify/helmet', '@fastify/proxy-addr', 'fastify', 'fastify-plugin'].concat([
  'fastify-type-provider-zod',
  'libsql',
  'pino',
  'socket.io',
  'socket.io-parser',
  'ws',
  'zod',
])

it('loads what a server needs, and no documents, metrics, passwords or coloured logs', () => {
  expect(packagesOf('index.js')).toEqual(
    [...needed, '@yektayar/protocol', '@yektayar/protocol/rules', 'kysely'].sort(),
  )
})

it('has Kysely and the contract in the standalone server, as one file in place of hundreds', () => {
  expect(packagesOf('standalone/cli.js')).toEqual(needed)
})

it('loads the engine alone into the thread of the store', () => {
  expect(packagesOf('storeThread.js')).toEqual(['libsql'])
})
