import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const document = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8')
const trees = [...document.matchAll(/^```text\n(packages\/\S+)\n([^]*?)^```$/gm)].map(
  ([, folder = '', tree = '']) => ({ folder, paths: pathsIn(tree) }),
)

describe('the trees of the architecture', () => {
  it('are those of the client and the server', () => {
    expect(trees.map(({ folder }) => folder)).toEqual([
      'packages/client-sdk/src',
      'packages/server/src',
    ])
  })

  it.each(trees)('name every file of $folder, and no other', ({ folder, paths }) => {
    const files = readdirSync(join(root, folder), { encoding: 'utf8', recursive: true })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => file.endsWith('.ts') && !file.includes('migrations/'))
      .map((file) => file.slice(0, -'.ts'.length))
    expect(paths.toSorted()).toEqual(files.toSorted())
  })
})

/** The paths in a tree. Folders end with a slash, and each level is indented by four characters. */
function pathsIn(tree: string): string[] {
  const folders: string[] = []
  const paths: string[] = []
  for (const line of tree.trimEnd().split('\n')) {
    const [, indent = '', name = ''] = /^([│ ]*)[├└]── (\S+)/.exec(line) ?? []
    folders.length = indent.length / 4
    if (name.endsWith('/')) folders.push(name)
    else paths.push(folders.join('') + name)
  }
  return paths
}
