import { checkAsync, objectAsync, pipeAsync, string } from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  ContractError,
  coreContract,
  defineContract,
  extendContract,
  json,
  jsonOf,
  MAX_ROOM_NAME_LENGTH,
  room,
} from '../src/index.js'

const any = room({ message: json })

describe('patterns of rooms', () => {
  it.each([
    ['an empty pattern', ''],
    ['an overlong pattern', 'x'.repeat(MAX_ROOM_NAME_LENGTH + 1)],
    ['a brace that is not closed', 'support:{caseId'],
    ['a brace that is not opened', 'support:caseId}'],
    ['braces in braces', 'support:{{caseId}}'],
    ['a param without a name', 'support:{}'],
    ['a param that is no name', 'support:{case id}'],
    ['a param that begins with a digit', 'support:{1}'],
    ['the prototype of params', 'support:{__proto__}'],
    ['two params with one name', 'board:{id}:cell:{id}'],
    ['two params with nothing between them', 'board:{a}{b}'],
    ['a NUL', 'support:\0{caseId}'],
    ['a lone surrogate', 'support:\ud800'],
  ])('refuse %s', (_what, pattern) => {
    expect(() => defineContract({ rooms: { [pattern]: any } })).toThrow(ContractError)
  })

  it.each([
    ['support:{a}', 'support:{b}', 'same rooms'],
    ['support:{a}', '{a}:42', 'neither is inside'],
    ['a:{x}:c', 'a:b:{y}', 'neither is inside'],
    ['a{x}b{y}', 'a{x}c{y}', 'neither is inside'],
    ['{tenant}:support:{id}', '{tenant}:team:{id}', 'neither is inside'],
  ])('refuse %s beside %s', (one, other, why) => {
    const rooms = { [one]: any, [other]: any }
    expect(() => defineContract({ rooms })).toThrow(
      expect.objectContaining({ code: 'invalid_contract' }),
    )
    expect(() => defineContract({ rooms })).toThrow(why)
  })

  it.each([
    ['a:{x}', 'b:{x}'],
    ['a:{x}:end', 'a:{x}:other'],
    ['{anything}', 'a:{x}'],
    ['a:{x}', 'a:lobby'],
    ['a:{x}', 'a:b:{y}'],
    ['lobby', 'lobbies'],
  ])('take %s beside %s', (one, other) => {
    expect(Object.keys(defineContract({ rooms: { [one]: any, [other]: any } }).rooms)).toHaveLength(
      2,
    )
  })

  it('refuse a pattern that the contract has already', () => {
    const taken: object = { rooms: { 'public:{topic}': any } }
    expect(() => extendContract(coreContract, taken)).toThrow('is in the contract already')
    const renamed = { rooms: { 'public:{name}': any } }
    expect(() => extendContract(coreContract, renamed)).toThrow('same rooms')
  })
})

describe('matchRoom', () => {
  const { matchRoom } = extendContract(coreContract, {
    rooms: {
      'support:{caseId}': any,
      'support:vip:{caseId}': any,
      'support:vip:{caseId}:notes': any,
      'board:{boardId}:cell:{cellId}': any,
      lobby: any,
      'list:{id}.{kind}.(a+)+$': any,
    },
  })

  it.each([
    ['support:42', 'support:{caseId}', { caseId: '42' }],
    ['support:a:b', 'support:{caseId}', { caseId: 'a:b' }],
    ['support:vip:7', 'support:vip:{caseId}', { caseId: '7' }],
    ['support:vip:7:notes', 'support:vip:{caseId}:notes', { caseId: '7' }],
    ['support:vip', 'support:{caseId}', { caseId: 'vip' }],
    ['board:1:cell:2', 'board:{boardId}:cell:{cellId}', { boardId: '1', cellId: '2' }],
    [
      'board:1:cell:2:cell:3',
      'board:{boardId}:cell:{cellId}',
      { boardId: '1', cellId: '2:cell:3' },
    ],
    ['board::cell:1:cell:2', 'board:{boardId}:cell:{cellId}', { boardId: ':cell:1', cellId: '2' }],
    ['lobby', 'lobby', {}],
    ['list:1.x.(a+)+$', 'list:{id}.{kind}.(a+)+$', { id: '1', kind: 'x' }],
    ['public:اتاق', 'public:{topic}', { topic: 'اتاق' }],
    ['user:{userId}', 'user:{userId}', { userId: '{userId}' }],
    ['user:__proto__', 'user:{userId}', { userId: '__proto__' }],
  ])('reads %s', (name, pattern, params) => {
    expect(matchRoom(name)).toMatchObject({ pattern, params, definition: any })
  })

  it.each([
    '',
    'support',
    'support:',
    'suport:42',
    'support:vip:', // never the case `vip:`
    'support:vip::notes',
    'board::cell:2',
    'board:1:cell:',
    'lobby:',
    'LOBBY',
    'toString',
    '__proto__',
    'public:a\0b',
    'public:\ud800',
    `public:${'x'.repeat(MAX_ROOM_NAME_LENGTH)}`,
  ])('knows no room %j', (name) => {
    expect(matchRoom(name)).toBeUndefined()
  })

  it('agrees with a regular expression on every short name', () => {
    const patterns = ['a{x}', 'ab{x}', 'ab{x}ba', 'b{x}a{y}b', 'aba']
    const contract = defineContract({
      rooms: Object.fromEntries(patterns.map((one) => [one, any])),
    })
    const known = patterns.map((pattern) => {
      const source = pattern.replace(/\{(\w)\}/g, '(?<$1>.*?)')
      return { pattern, source, fits: new RegExp(`^${source}$`) }
    })
    for (let code = 1; code < 2 ** 9; code++) {
      const name = code.toString(2).slice(1).replaceAll('0', 'a').replaceAll('1', 'b')
      // The more texts a pattern has, the narrower it is, of those that a name fits.
      const [narrowest] = known
        .filter(({ fits }) => fits.test(name))
        .sort(
          (a, b) =>
            b.source.replace(/\(.*?\)/g, '').length - a.source.replace(/\(.*?\)/g, '').length,
        )
      const strict =
        narrowest && new RegExp(`^${narrowest.source.replaceAll('.*?', '.+?')}$`).exec(name)
      const expected = strict
        ? { pattern: narrowest.pattern, params: { ...strict.groups } }
        : undefined
      const { pattern, params } = contract.matchRoom(name) ?? {}
      expect({ name, found: pattern && { pattern, params } }).toEqual({ name, found: expected })
    }
  })

  it('looks through few of several hundred patterns, and never goes back in a name', () => {
    const rooms = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`kind${String(index)}:{a}:{b}:{c}:{d}:end`, any]),
    )
    const contract = defineContract({ rooms })
    const hostile = `kind7:${':a'.repeat(60)}`
    const startedAt = performance.now()
    for (let round = 0; round < 10_000; round++) contract.matchRoom(hostile)
    expect(performance.now() - startedAt).toBeLessThan(1_000) // 20 ms here
  })
})

describe('check', () => {
  const contract = extendContract(coreContract, {
    rooms: {
      'support:{caseId}': room({
        message: z.object({ text: z.string().trim() }),
        presence: z.object({ name: z.string() }),
      }),
      'slow:{id}': room({
        message: objectAsync({
          text: pipeAsync(
            string(),
            checkAsync((text) => Promise.resolve(text !== '')),
          ),
        }),
      }),
    },
  })

  it('parses the message and the presence of a room', async () => {
    expect(await contract.check('message', 'support:42', { text: ' hi ' })).toEqual({
      ok: true,
      value: { text: 'hi' },
    })
    expect(await contract.check('message', 'support:42', { txet: 'hi' })).toMatchObject({
      ok: false,
      issues: [{ path: 'text' }],
    })
    expect(await contract.check('presence', 'support:42', {})).toMatchObject({ ok: false })
  })

  it('checks the message of a room in what is sent to it', async () => {
    const send = (room: string, data: unknown) =>
      contract.check('input', 'room:send', { room, data })
    expect(await send('support:42', { text: 'hi' })).toMatchObject({ ok: true })
    expect(await send('support:42', { txet: 'hi' })).toMatchObject({ issues: [{ path: 'text' }] })
    expect(await send('public:any', { txet: 'hi' })).toMatchObject({ ok: true })
  })

  it('says nothing about what the contract does not have', async () => {
    expect(await contract.check('message', 'suport:42', 1)).toBeUndefined()
    expect(await contract.check('presence', 'slow:1', 1)).toBeUndefined()
  })
})

describe('jsonOf', () => {
  it('takes any JSON, and nothing else', async () => {
    const contract = defineContract({ rooms: { a: room({ message: jsonOf<{ text: string }>() }) } })
    expect(await contract.check('message', 'a', [1])).toMatchObject({ ok: true })
    expect(await contract.check('message', 'a', 1n)).toMatchObject({ ok: false })
  })
})
