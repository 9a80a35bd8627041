import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const require = createRequire(import.meta.url)

/** The installed version of a dependency, or of a dependency of `via`. */
function installedVersion(name: string, via?: string): string {
  const from = via === undefined ? require : createRequire(require.resolve(via))
  let folder = dirname(from.resolve(name))
  for (;;) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string
        version: string
      }
      if (manifest.name === name) return manifest.version
    } catch {
      // no package.json here: look one folder up
    }
    folder = dirname(folder)
  }
}

// Older versions have known vulnerabilities.
it.each([
  ['socket.io-parser', '4.2.7', undefined],
  ['engine.io', '6.6.12', 'socket.io'],
  ['ws', '8.21.0', undefined],
  ['fastify', '5.12.1', undefined],
])('%s is at least %s', (name, least, via) => {
  const [major, minor, patch] = installedVersion(name, via).split('.').map(Number)
  const [leastMajor, leastMinor, leastPatch] = least.split('.').map(Number)
  expect(major).toBe(leastMajor)
  const rank = (first = 0, second = 0): number => first * 10_000 + second
  expect(rank(minor, patch)).toBeGreaterThanOrEqual(rank(leastMinor, leastPatch))
})
