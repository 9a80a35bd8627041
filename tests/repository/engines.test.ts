import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const lock = readFileSync(join(import.meta.dirname, '../../pnpm-lock.yaml'), 'utf8')

/** The entries of a section of the lock file, by `name@version`. */
function entriesOf(section: string): Map<string, string> {
  const text = lock.split(`\n${section}:\n`)[1]?.split(/^\S/m)[0] ?? ''
  const entries = text.split(/^ {2}(?=\S)/m).slice(1)
  return new Map(
    entries.map((entry) => {
      const end = entry.indexOf(entry.startsWith("'") ? "':" : ':')
      return [entry.slice(0, end).replace(/^'/, ''), entry]
    }),
  )
}

/** The `name@version` of each non-optional dependency in a part of the lock file. */
function dependenciesIn(text: string): string[] {
  const list = /^ +dependencies:\n((?: {6,}.*\n)*)/m.exec(text)?.[1] ?? ''
  return [...list.matchAll(/^ {6}'?([^':]+)'?: (\S+)$/gm)].map(([, name, version]) =>
    `${name ?? ''}@${version ?? ''}`.replace(/\(.*$/, ''),
  )
}

it('what the server installs runs on Node 20, but for what Fastify and pino-pretty bring', () => {
  const importer = entriesOf('importers').get('packages/server') ?? ''
  const direct = importer.split(/^ {4}devDependencies:/m)[0] ?? ''
  const queue = [...direct.matchAll(/^ {6}'?([^':\s]+)'?:\n.*\n {8}version: (\d[^\s(]*)/gm)].map(
    ([, name = '', version = '']) => `${name}@${version}`,
  )
  expect(queue.length).toBeGreaterThan(12)

  const packages = entriesOf('packages')
  const snapshots = new Map(
    [...entriesOf('snapshots')].map(([key, text]) => [key.replace(/\(.*$/, ''), text]),
  )
  const found = new Set(queue)
  for (const key of found) {
    for (const dependency of dependenciesIn(snapshots.get(key) ?? '')) found.add(dependency)
  }
  expect(found.size).toBeGreaterThan(60)
  const tooNew = [...found].filter((key) =>
    /engines: \{node: '?(?:>=|\^)2[1-9][^|]*\}/.test(packages.get(key) ?? ''),
  )
  expect(tooNew.map((key) => key.replace(/\.\d+\.\d+$/, ''))).toEqual([
    'strip-json-comments@5', // a dependency of pino-pretty
    'cookie@2', // a dependency of light-my-request, which Fastify uses
  ])
})
