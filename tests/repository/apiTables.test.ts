import { describe, expect, it } from 'vitest'
import { documentAt, tableUnder } from '../docs/support/documents.js'
import { exportedNames, membersOf } from './support/declarations.js'

const client = 'packages/client-sdk/src/yektaYarSocket.ts'

/** For each README, the names that the first column of its table under "API" must list. */
const tables: Record<string, string[]> = {
  'packages/protocol/README.md': exportedNames('packages/protocol/src/index.ts'),
  'packages/server/README.md': exportedNames('packages/server/src/index.ts'),
  'packages/client-sdk/README.md': [
    ...exportedNames('packages/client-sdk/src/index.ts'),
    ...exportedNames('packages/client-sdk/src/texts.ts'),
    ...membersOf(client, 'YektaYarSocket').map(({ name }) => name),
  ],
  'packages/vue/README.md': [
    ...exportedNames('packages/vue/src/index.ts'),
    ...exportedNames('packages/vue/src/pinia.ts'),
    ...exportedNames('packages/vue/src/texts.ts'),
  ],
  'packages/testing/README.md': exportedNames('packages/testing/src/index.ts'),
  'apps/doctor/README.md': exportedNames('apps/doctor/src/index.ts'),
}

/** The names in the first column: the first identifier of each inline code. */
function namesIn(path: string): string[] {
  return tableUnder(documentAt(path), 'API').flatMap(([cell = '']) => {
    // Restores the outermost backticks, which tableUnder() has removed.
    const whole = cell.startsWith('`') ? cell : `\`${cell}\``
    const codes = whole.split('`').filter((_text, at) => at % 2 === 1)
    return codes.flatMap((code) => /^(?:new )?([A-Za-z_]\w*)/.exec(code)?.[1] ?? [])
  })
}

describe.each(Object.entries(tables))('the API of %s', (path, declared) => {
  const shown = namesIn(path)
  const names = [...new Set(declared)].filter((name) => name !== 'default')

  it('has a row for every export, and no other', () => {
    expect([...new Set(shown)].sort()).toEqual(names.sort())
  })

  it('has each name once', () => {
    const twice = shown.filter((name, at) => shown.indexOf(name) !== at)
    expect(twice).toEqual(
      path.startsWith('packages/client-sdk') ? ['YektaYarSocket', 'connect'] : [],
    )
  })
})

it('the fake’s own entry of testing exports nothing that the package does not', () => {
  const all = exportedNames('packages/testing/src/index.ts')
  expect(
    exportedNames('packages/testing/src/fake.ts').filter((name) => !all.includes(name)),
  ).toEqual([])
})
