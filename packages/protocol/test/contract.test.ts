import { object, string } from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  command,
  ContractError,
  coreContract,
  defineContract,
  extendContract,
  json,
  none,
  validate,
} from '../src/index.js'
import type { Schema } from '../src/index.js'

const text = z.string()

describe('extendContract', () => {
  it('adds an app’s commands and events to the core contract', () => {
    const extended = extendContract(coreContract, {
      commands: { 'chat:poke': command({ input: text, output: text }) },
      events: { 'chat:nudge': text },
    })
    expect(Object.keys(extended.commands)).toEqual([
      ...Object.keys(coreContract.commands),
      'chat:poke',
    ])
    expect(Object.keys(extended.events)).toEqual([
      ...Object.keys(coreContract.events),
      'chat:nudge',
    ])
    expect(Object.keys(coreContract.commands)).not.toContain('chat:poke')
  })

  it.each([
    ['a command that exists', { commands: { ping: command({ input: none, output: text }) } }],
    ['an event that exists', { events: { connected: text } }],
    [
      'a reply that exists',
      { commands: { a: command({ input: none, output: text, reply: 'pong' }) } },
    ],
    ['an event that is a reply already', { events: { pong: text } }],
  ])('refuses %s', (_what, added) => {
    expect(() => extendContract(coreContract, added as object)).toThrow(ContractError)
  })
})

describe('defineContract', () => {
  it.each([
    'connect',
    'connect_error',
    'disconnect',
    'disconnecting',
    'error',
    'newListener',
    'removeListener',
    '',
    'x'.repeat(65),
  ])('refuses the name "%s" for a command, an event and a reply', (name) => {
    const definition = command({ input: none, output: text })
    const refusal = expect.objectContaining({ code: 'invalid_contract' }) as Error
    expect(() => defineContract({ commands: { [name]: definition } })).toThrow(refusal)
    expect(() => defineContract({ events: { [name]: text } })).toThrow(refusal)
    const commands = { a: { ...definition, reply: name } }
    expect(() => defineContract({ commands })).toThrow(refusal)
  })

  it('freezes what it returns', () => {
    const contract = defineContract({ events: { fact: text } })
    expect([contract, contract.commands, contract.events].every(Object.isFrozen)).toBe(true)
  })
})

describe('validate', () => {
  it.each([
    ['Zod', z.object({ name: z.string() })],
    ['Valibot', object({ name: string() })],
  ])('parses with a schema of %s', async (_library, schema) => {
    expect(await validate(schema, { name: 'a', more: 1 })).toEqual({
      ok: true,
      value: { name: 'a' },
    })
    expect(await validate(schema, { name: 1 })).toMatchObject({
      ok: false,
      issues: [{ path: 'name' }],
    })
  })

  it('turns what a schema throws into an issue', async () => {
    const failing = z.string().transform(() => {
      throw new Error('a secret of the schema')
    })
    expect(await validate(failing, 'x')).toEqual({
      ok: false,
      issues: [{ path: '', message: 'The schema could not check this value' }],
      reason: ': The schema could not check this value',
    })
  })

  it('waits for a schema whose promise is of another library', async () => {
    const issues = [{ message: 'too late' }]
    const later = {
      then(next: (result: object) => void) {
        next({ issues })
      },
    }
    const schema = { '~standard': { version: 1, vendor: 'test', validate: () => later } }
    expect(await validate(schema as unknown as Schema, 'x')).toEqual({
      ok: false,
      issues: [{ path: '', message: 'too late' }],
      reason: ': too late',
    })
  })

  it('bounds the number and the length of issues', async () => {
    const schema = z.record(z.string(), z.string())
    const wrong = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`${'k'.repeat(300)}${index}`, 1]),
    )
    const result = await validate(schema, wrong)
    const issues = result.ok ? [] : result.issues
    expect(issues).toHaveLength(10)
    expect(Math.max(...issues.map(({ path }) => path.length))).toBe(200)
  })
})

describe('the schema none', () => {
  it.each([undefined, null, {}, Object.create(null)])('takes %j', async (value) => {
    expect(await validate(none, value)).toEqual({ ok: true, value: undefined })
  })

  it.each([0, '', false, [], [{}], { a: undefined }, { a: 1 }, new Map(), new Date(0)])(
    'refuses %j',
    async (value) => {
      expect(await validate(none, value)).toMatchObject({ ok: false })
    },
  )
})

describe('the schema json', () => {
  const shared = { a: 1 }
  const deep = Array.from({ length: 100_000 }).reduce<unknown[]>((inner) => [inner], [])

  it.each([
    ['a string', 'text'],
    ['null', null],
    ['nested values', { a: [1, true, null, { b: 'c' }], d: undefined }],
    ['a value that occurs twice', [shared, shared]],
    ['what has a toJSON()', { at: new Date(0) }],
    ['an object without prototype', Object.create(null)],
  ])('takes %s', async (_what, value) => {
    expect(await validate(json, value)).toMatchObject({ ok: true })
  })

  it.each([
    ['undefined', undefined],
    ['a list with a hole', [undefined]],
    ['NaN', Number.NaN],
    ['a BigInt', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a Map', new Map()],
    ['binary data', new Uint8Array(1)],
    ['something nested that is not JSON', { a: [{ b: new Map() }] }],
    ['what nests without end', deep],
  ])('refuses %s', async (_what, value) => {
    expect(await validate(json, value)).toMatchObject({ ok: false })
  })
})
