import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const folders = ['protocol', 'server', 'client-sdk', 'vue', 'testing'].map(
  (name) => `packages/${name}`,
)

interface SourceMap {
  readonly mappings: string
  readonly sources: readonly string[]
  readonly sourcesContent?: readonly string[]
}

describe.each([...folders, 'apps/doctor'])('what %s publishes', (folder) => {
  const dist = fileURLToPath(new URL(`../../${folder}/dist/`, import.meta.url))
  const modules = readdirSync(dist).filter((name) => /\.c?js$/.test(name))

  it('leads back to its sources, which are in its maps', () => {
    expect(modules).not.toEqual([])
    for (const name of modules) {
      const map = JSON.parse(readFileSync(`${dist}${name}.map`, 'utf8')) as SourceMap
      expect(readFileSync(dist + name, 'utf8')).toContain(`//# sourceMappingURL=${name}.map`)
      const isEmpty = map.mappings === '' // a module that only hands on what others export
      expect(isEmpty || map.sourcesContent?.length === map.sources.length, name).toBe(true)
    }
  })
})
