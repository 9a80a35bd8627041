import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packDocs } from '../../scripts/lib/packDocs.mjs'
import { temporaryDirectory } from '../support/temporaryDirectory.js'

const root = join(import.meta.dirname, '../..')
const packages = ['packages/protocol', 'packages/server', 'packages/client-sdk', 'packages/vue']
const published = [...packages, 'packages/testing', 'apps/doctor']

const homes: Readonly<Record<string, string>> = {
  ...{ server: 'packages/server', client: 'packages/client-sdk', vue: 'packages/vue' },
  ...{ testing: 'packages/testing', protocol: 'packages/protocol', doctor: 'apps/doctor' },
}

/** A link to what another package brings. */
const ABROAD = /\]\(https:\/\/unpkg\.com\/@yektayar\/([a-z]+)\/([^)#\s]+)/g

function allLinks(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, address = '']) => address)
}

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

  it('brings documents that name nothing of the repository, and whose links lead somewhere', async () => {
    await using directory = await temporaryDirectory()
    const target = join(directory.path, 'docs')
    for (const name of packDocs(join(root, folder), target)) {
      const source = readFileSync(join(root, 'docs', name), 'utf8')
      const text = readFileSync(join(target, name), 'utf8')
      expect(text).not.toMatch(/\.\/scripts\//)
      // Only what no package brings has lost its link.
      const lost = allLinks(source).length - allLinks(text).length
      expect(lost).toBe(
        allLinks(source).filter((address) => address.includes('CONTRIBUTING')).length,
      )
      for (const [, short = '', file = ''] of text.matchAll(ABROAD)) {
        const home = join(root, homes[short] ?? '')
        const isReadme = file === 'README.md'
        expect([short, isReadme || readFileSync(join(home, 'README.md'), 'utf8')]).toEqual([
          short,
          isReadme || (expect.stringContaining(`\`${file}\``) as string),
        ])
      }
    }
  })
})
