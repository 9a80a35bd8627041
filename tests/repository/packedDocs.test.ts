import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packDocs } from '../../scripts/lib/packDocs.mjs'
import { temporaryDirectory } from '../support/temporaryDirectory.js'

const root = join(import.meta.dirname, '../..')
const packages = ['packages/protocol', 'packages/server', 'packages/client-sdk', 'packages/vue']
const published = [...packages, 'packages/testing', 'apps/doctor']

/** The link targets in a text, except web URLs. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, address = '']) => address)
    .filter((address) => !/^https?:/.test(address))
}

describe.each(published)('%s, as it is published', (folder) => {
  it('has a README that links to nothing outside of the package', () => {
    const readme = readFileSync(join(root, folder, 'README.md'), 'utf8')
    expect(linksOf(readme).filter((address) => !address.startsWith('#'))).toEqual([])
  })

  it('brings the documents that it names, whose links lead to each other', async () => {
    await using directory = await temporaryDirectory()
    const target = join(directory.path, 'docs')
    const names = packDocs(join(root, folder), target)
    const { files = [], scripts = {} } = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8'),
    ) as { files?: string[]; scripts?: Record<string, string> }
    if (names.length === 0) return
    expect(files).toContain('docs')
    expect(scripts).toMatchObject({ prepack: 'node ../../scripts/packDocs.mjs' })
    expect(readdirSync(target).sort()).toEqual(names.sort())
    for (const name of names) {
      for (const address of linksOf(readFileSync(join(target, name), 'utf8'))) {
        const [file] = address.split('#')
        expect(['', ...names]).toContain(file)
      }
    }
  })
})
