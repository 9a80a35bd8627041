import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defaultLimits } from '@yektayar/server'
import { expect, it } from 'vitest'
import { documentAt, read, root, tableUnder } from './support/documents.js'

const document = documentAt('docs/OPERATIONS.md')
const server = 'packages/server/src'
const sources = readdirSync(join(root, server), { encoding: 'utf8', recursive: true })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => read(`${server}/${name}`))
  .join('\n')
const named = (pattern: RegExp): string[] => [
  ...new Set([...document.prose.matchAll(pattern)].map(([, name = '']) => name)),
]

it('names metrics that the server has', () => {
  const metrics = named(/`(yektayar_[a-z_]+?)(?:_count)?[`{]/g)
  expect(metrics.length).toBeGreaterThan(5)
  expect(metrics.filter((name) => !sources.includes(`'${name}'`))).toEqual([])
})

it('names lines of the log that the server writes', () => {
  const cells = tableUnder(document, 'What each failure looks like').map(([, , , log = '']) => log)
  const texts = cells
    .flatMap((cell) => [...cell.matchAll(/`([a-z]+ [^`]+)`/g)])
    .map(([, text]) => text)
  expect(texts.length).toBeGreaterThan(4)
  expect(texts.filter((text = '') => !sources.includes(text))).toEqual([])
})

it('names limits that the server has', () => {
  const limits = named(/`([a-z]+[A-Z][A-Za-z]+)`/g).filter((name) => !name.includes('Sec'))
  expect(limits).toContain('nodeTimeoutMs')
  const others = ['preStop', 'terminationGracePeriodSeconds']
  expect(limits.filter((name) => !(name in defaultLimits) && !others.includes(name))).toEqual([])
})
