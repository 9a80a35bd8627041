import { describe, expect, it } from 'vitest'
import { formatAnswer } from '../src/commands/formatAnswer.js'
import { abbreviateType, formatType } from '../src/commands/formatType.js'
import { jsonTokens } from '../src/commands/jsonTokens.js'
import { parseJson } from '../src/commands/parseJson.js'

describe('a request', () => {
  it('is any JSON value', () => {
    expect(parseJson(' "hi" ')).toEqual({ ok: true, value: 'hi' })
    expect(parseJson('null')).toEqual({ ok: true, value: null })
  })

  it('is refused with a reason when it is empty or no JSON', () => {
    expect(parseJson(' \n')).toEqual({ ok: false, problem: 'empty' })
    expect(parseJson('{ a: 1 }')).toMatchObject({ ok: false, problem: 'invalid' })
  })
})

describe('an answer', () => {
  it('shows no more than the end of a token, at any depth', () => {
    const text = formatAnswer({ connection: { sessionToken: 'abcdefghijklmnop' } })
    expect(JSON.parse(text)).toEqual({ connection: { sessionToken: '***klmnop' } })
  })

  it('is cut into pieces that are the text again', () => {
    const json = JSON.stringify({ 'a "key"': ['text: "x"', -1.5e3, true, null, {}] }, null, 2)
    const tokens = jsonTokens(json)
    expect(tokens.map(({ text }) => text).join('')).toBe(json)
    const kinds = tokens.filter(({ kind }) => kind !== 'plain').map(({ kind }) => kind)
    expect(kinds).toEqual(['key', 'text', 'number', 'literal', 'literal'])
  })

  it('stays in one piece when it is very long', () => {
    const json = JSON.stringify('long '.repeat(10_000))
    expect(jsonTokens(json)).toEqual([{ kind: 'plain', text: json }])
  })
})

it('writes a type in short and in full', () => {
  const type = { server: { name: 'string' }, rooms: 'string[]' }
  expect(abbreviateType(type)).toBe('{ server: {…}, rooms: string[] }')
  expect(formatType(type)).toBe('{\n  server: {\n    name: string\n  }\n  rooms: string[]\n}')
})
