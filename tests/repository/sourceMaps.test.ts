import { readdirSync, readFileSync } from 'node:fs'
import { basename, isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const packages = ['protocol', 'server', 'client-sdk', 'vue', 'testing']
const folders = [...packages.map((name) => `packages/${name}`), 'apps/doctor']

interface SourceMap {
  readonly sources: readonly string[]
  readonly sourcesContent: readonly string[]
}

describe.each(folders)('what %s publishes', (folder) => {
  const dist = fileURLToPath(new URL(`../../${folder}/dist/`, import.meta.url))
  const maps = readdirSync(dist, { encoding: 'utf8', recursive: true }).filter((name) =>
    name.endsWith('js.map'),
  )

  it('leads back to its sources, which are in its maps', () => {
    expect(maps).toContain('index.js.map')
    for (const name of maps) {
      const code = name.replace('.map', '')
      expect(readFileSync(dist + code, 'utf8')).toContain(`//# sourceMappingURL=${basename(name)}`)
      const map = JSON.parse(readFileSync(dist + name, 'utf8')) as SourceMap
      expect(map.sourcesContent).toHaveLength(map.sources.length)
    }
  })

  it('names no path of the machine that built it', () => {
    for (const name of maps) {
      const { sources } = JSON.parse(readFileSync(dist + name, 'utf8')) as SourceMap
      expect(sources.filter((source) => isAbsolute(source))).toEqual([])
    }
  })
})
