import * as protocol from '@yektayar/protocol'
import { limitDefinitions } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { brokenLinks, documentAt, documents, read, tableUnder } from './support/documents.js'
import { modulesOf } from './support/modules.js'
import { typeCheck } from './support/typeCheck.js'

describe('the documents', () => {
  it('have code that compiles against the built packages', { timeout: 60_000 }, () => {
    const modules = documents.flatMap((document) =>
      modulesOf(document).map(({ name, code }) => [`${document.path}/${name}`, code] as const),
    )
    expect(modules.length).toBeGreaterThan(20)
    expect(typeCheck(new Map(modules))).toEqual([])
  })

  it('mark TypeScript as ts, so that it is checked', () => {
    const others = documents.flatMap(({ path, blocks }) =>
      blocks
        .filter(({ language }) => /^(typescript|javascript|js|tsx)$/.test(language))
        .map(({ heading }) => `${path}: ${heading}`),
    )
    expect(others).toEqual([])
  })

  it('show JSON that is JSON', () => {
    for (const { blocks } of documents) {
      for (const { language, code } of blocks) if (language === 'json') JSON.parse(code)
    }
  })

  it.each(documents)('link to what exists: $path', (document) => {
    expect(brokenLinks(document)).toEqual([])
  })
})

describe('the environment variables', () => {
  const defaults = configDefaults()

  it('are read with defaults that this test finds', () => {
    expect(Object.keys(defaults)).toHaveLength(26)
    expect(defaults).toMatchObject({ PORT: '3000', LOG_LEVEL: 'info', DEMO: '' })
  })

  it('are in docs/SERVER.md with the same defaults', () => {
    const rows = tableUnder(documentAt('docs/SERVER.md'), 'Environment variables')
    const shown = rows.map(([name, value]) => [name, value === 'none' ? '' : value])
    expect(Object.fromEntries(shown)).toEqual(defaults)
  })

  it('are in .env.example with the same defaults', () => {
    const shown = [...read('.env.example').matchAll(/^(\w+)=(.*)$/gm)]
    expect(Object.fromEntries(shown.map(([, name, value]) => [name, value]))).toEqual(defaults)
  })
})

it('lists every limit as the server declares it in docs/SERVER.md', () => {
  const shown = tableUnder(documentAt('docs/SERVER.md'), 'Limits')
  const declared = Object.entries(limitDefinitions)
  expect(shown).toEqual(
    declared.map(([name, limit]) => [
      name,
      String(limit.default),
      limit.unit,
      limit.bounds,
      limit.overflow,
    ]),
  )
})

/** The variables of the server's configuration and their defaults, read from its source. */
function configDefaults(): Record<string, string> {
  const source = /^const variables = \{\n([\s\S]*?)^\}/m.exec(
    read('packages/server/src/standalone/config.ts'),
  )
  const entries = (source?.[1] ?? '').split(/^ {2}(?=[A-Z_]+:)/m).slice(1)
  return Object.fromEntries(
    entries.map((entry) => {
      const name = entry.slice(0, entry.indexOf(':'))
      const value = /\.default\(([^)]*)\)/.exec(entry)?.[1] ?? "''"
      const constants: Record<string, unknown> = { ...protocol }
      return [
        name,
        value in constants ? String(constants[value]) : value.replace(/^'(.*)'$|^\[\]$/, '$1'),
      ]
    }),
  )
}
