import { CommandError, OptionError } from '@yektayar/server'
import { YektaYarError } from '@yektayar/client'
import { clientErrorCodes, ContractError, docsOf, serverErrorCodes } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { read } from './support/documents.js'

const codes = [...new Set([...serverErrorCodes, ...clientErrorCodes, 'invalid_contract' as const])]
const sections = new Map(
  read('docs/ERRORS.md')
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text]),
)

describe('docs/ERRORS.md', () => {
  it('has one section for each code, in the order of the alphabet, and for no other', () => {
    const named = [...sections.keys()].filter((title) => /^[a-z_]+$/.test(title))
    expect(named).toEqual(codes.toSorted())
  })

  it.each(codes)('says of %s what happened, why and what to do, with an example', (code) => {
    const section = sections.get(code)
    for (const part of ['What happened:', 'Why:', 'What to do:']) {
      expect(section).toMatch(new RegExp(`^- \\*\\*${part}\\*\\* .{20,}`, 'm'))
    }
    expect(section).toMatch(/^```text\n.+\n```$/m)
  })

  it('is where the errors of each side lead to', () => {
    const page = docsOf('invalid_options').replace('invalid_options', '')
    expect(page).toMatch(/^https:.*\/docs\/ERRORS\.md#$/)
    expect(new YektaYarError('timeout', 'x').docs).toBe(`${page}timeout`)
    expect(new CommandError('conflict', 'x').docs).toBe(`${page}conflict`)
    expect(new OptionError('x').docs).toBe(`${page}invalid_options`)
    expect(new ContractError('x').docs).toBe(`${page}invalid_contract`)
  })
})
