import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const docs = join(import.meta.dirname, '../../docs')
const ROW = /^\| (?<question>.+?)\s*\| \[.+?\]\((?<file>.+?)\)\s*\| `(?<name>\w+)`\s*\|$/gm

/** The rows of docs/WHERE.md. */
async function questions() {
  const text = await readFile(join(docs, 'WHERE.md'), 'utf8')
  return [...text.matchAll(ROW)].map(({ groups }) => groups ?? {})
}

describe('docs/WHERE.md', async () => {
  const all = await questions()

  it('has 32 questions, each once', () => {
    expect(new Set(all.map(({ question }) => question)).size).toBe(32)
  })

  it.each(all)('$question', async ({ file = '', name = '' }) => {
    const source = await readFile(join(docs, file), 'utf8')
    expect(source).toMatch(new RegExp(`\\b${name}\\b`))
  })
})
