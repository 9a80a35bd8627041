import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** A package.json, as far as it says what a package needs. */
interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '../..')
const published = ['packages', 'apps']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  .map((folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest)
  .filter(({ private: isPrivate }) => !isPrivate)

/** The ranges of `catalog:` in the workspace's settings. */
const catalog = new Map(
  [
    ...readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8').matchAll(
      /^ {2}'?([^':\s]+)'?: (\^\S+)$/gm,
    ),
  ].map(([, name = '', range = '']) => [name, range]),
)

it('packages say what they need in ranges that every package manager knows', () => {
  expect(published).toHaveLength(6)
  for (const { name, dependencies = {}, peerDependencies = {} } of published) {
    for (const range of Object.values({ ...dependencies, ...peerDependencies })) {
      expect(range, name).toMatch(/^(?:\^|>=)\d/)
    }
  }
})

it('packages need each other in the version that is here, and others as the catalog has them', () => {
  const versions = new Map(published.map(({ name, version }) => [name, `^${version}`]))
  expect(catalog.size).toBeGreaterThan(5)
  for (const { name, dependencies = {} } of published) {
    for (const [needed, range] of Object.entries(dependencies)) {
      expect(range, `${needed} in ${name}`).toBe(
        versions.get(needed) ?? catalog.get(needed) ?? range,
      )
    }
  }
})
