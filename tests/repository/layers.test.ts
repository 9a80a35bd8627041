import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporaryDirectory.js'

const root = join(import.meta.dirname, '../..')
const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
const server = 'packages/server/src'

type Files = Readonly<Record<string, string>>

const tidy: Files = {
  [`${server}/index.ts`]: "export { a } from './rooms/a.js'\n",
  [`${server}/rooms/a.ts`]: "import type { B } from './b.js'\nexport const a: B = 1\n",
  [`${server}/rooms/b.ts`]: "export type { C as B } from '../shared/c.js'\n",
  [`${server}/shared/c.ts`]: 'export type C = number\n',
}

const untidy: Files = {
  [`${server}/index.ts`]: 'export type Root = number\n',
  [`${server}/rooms/a.ts`]: 'export const a = 1\nexport type A = number\n',
  [`${server}/shared/value.ts`]: "import { a } from '../rooms/a.js'\nexport const b = a\n",
  [`${server}/shared/type.ts`]: "import type { A } from '../rooms/a.js'\nexport type B = A\n",
  [`${server}/shared/inline.ts`]: "export type B = import('../rooms/a.js').A\n",
  [`${server}/shared/again.ts`]: "export type { A } from '../rooms/a.js'\n",
  [`${server}/shared/later.ts`]: "export const b = (): unknown => import('../rooms/a.js')\n",
  [`${server}/app/top.ts`]: "export type { Root } from '../index.js'\n",
  [`${server}/store/a.ts`]: 'export type A = number\n',
  [`${server}/rooms/inner/b.ts`]: "export type { A } from '../a.js'\n",
  [`${server}/store/sqlite/b.ts`]: "export type { A } from '../a.js'\n",
  [`${server}/rooms/query.ts`]: "export type { A } from '../store/sqlite/b.js'\n",
  [`${server}/rooms/stray.ts`]: "export type { D } from '../misc/d.js'\n",
  [`${server}/misc/d.ts`]: "import type { A } from '../store/a.js'\nexport type D = A\n",
  'packages/vue/src/a.ts': "import type { B } from './b.js'\nexport type A = B | 1\n",
  'packages/vue/src/b.ts': "import type { A } from './a.js'\nexport type B = A | 2\n",
}

describe('the layers', () => {
  let problems: string

  beforeAll(async () => {
    problems = await lint(untidy)
  })

  it('allow a file to import from its own folder and from folders below', async () => {
    expect(await lint(tidy)).toContain('no dependency violations found (4 modules, 3 dependencies')
  })

  it.each(['value', 'type', 'inline', 'again', 'later'])(
    'refuse an import from a folder above, of the kind "%s"',
    (name) => {
      expect(problems).toContain(
        `no-upward-import: ${server}/shared/${name}.ts → ${server}/rooms/a.ts`,
      )
    },
  )

  it('refuse what stands above all folders', () => {
    expect(problems).toContain(`no-upward-import: ${server}/app/top.ts → ${server}/index.ts`)
  })

  it('refuse an import from the folder around its own', () => {
    expect(problems).toContain(
      `no-parent-folder: ${server}/rooms/inner/b.ts → ${server}/rooms/a.ts`,
    )
    expect(problems).not.toContain(`no-parent-folder: ${server}/store/sqlite/b.ts`)
  })

  it('refuse a way around the interface of the store', () => {
    expect(problems).toContain(
      `no-way-around-the-store: ${server}/rooms/query.ts → ${server}/store/sqlite/b.ts`,
    )
  })

  it('refuse a folder that has no place among them', () => {
    expect(problems).toContain(`no-unknown-layer: ${server}/rooms/stray.ts → ${server}/misc/d.ts`)
    expect(problems).toContain(`no-unknown-layer: ${server}/misc/d.ts → ${server}/store/a.ts`)
  })

  it('refuse files that import each other, in any package', () => {
    expect(problems).toContain('no-circles: packages/vue/src/a.ts')
  })

  it('refuse nothing else', () => {
    expect(problems).toContain('11 dependency violations (11 errors, 0 warnings)')
  })
})

/** Lints a repository with these files and returns the output. */
async function lint(files: Files): Promise<string> {
  await using directory = await temporaryDirectory()
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory.path, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
  const args = [depcruise, 'packages/*/src', '--config', join(root, 'scripts/lint/layers.mjs')]
  const env = { ...process.env, NO_COLOR: '1' }
  return await new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: directory.path, env }, (_error, stdout) => {
      resolve(stdout)
    })
  })
}
