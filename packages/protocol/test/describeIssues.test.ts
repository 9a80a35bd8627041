import { number, object, picklist, pipe, string, minLength } from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeIssues, validate } from '../src/index.js'
import type { Schema } from '../src/index.js'

async function refusal(schema: Schema, value: unknown): Promise<string> {
  const result = await validate(schema, value)
  return describeIssues('echo: Invalid input', result.ok ? [] : result.issues)
}

const items = z.object({ items: z.array(z.object({ text: z.string() })) })

describe('what was refused', () => {
  it('is said with the first issue and its place', async () => {
    const wrong = { items: [{ text: 'a' }, { text: 'b' }, { text: 3 }] }
    expect(await refusal(items, wrong)).toBe(
      'echo: Invalid input at "items[2].text": expected string, received number',
    )
  })

  it('is said without a place where it is the whole', async () => {
    expect(await refusal(z.string(), 5)).toBe(
      'echo: Invalid input: expected string, received number',
    )
    expect(await refusal(z.array(z.string()), [1])).toBe(
      'echo: Invalid input at "[0]": expected string, received number',
    )
  })

  it('is said with the number of the other issues', async () => {
    expect(await refusal(z.object({ a: z.string(), b: z.string() }), {})).toBe(
      'echo: Invalid input at "a": expected string, received undefined (and 1 more)',
    )
  })

  it('stays short where names and reasons are long', async () => {
    const schema = z.record(z.string(), z.string('no '.repeat(500)))
    const text = await refusal(schema, { ['k'.repeat(5_000)]: 1 })
    expect(text.length).toBeLessThan(450)
  })
})

const secret = 'my "own" secret'

describe('the message of a schema', () => {
  it.each<[string, Schema, unknown]>([
    ['Valibot', object({ a: picklist(['x', 'y']) }), { a: secret }],
    ['Valibot, for a short text', object({ a: picklist(['x', 'y']) }), { a: 'pin' }],
    ['Valibot, for a text of the wrong kind', object({ a: number() }), { a: secret }],
    ['Valibot, for a number', object({ a: string() }), { a: 4711 }],
    [
      'an app',
      z.object({ a: z.string().refine(() => false, `${secret} is taken`) }),
      { a: secret },
    ],
  ])('of %s is passed on without the value', async (_library, schema, value) => {
    const text = await refusal(schema, value)
    expect(text).toContain('…')
    expect(text).not.toMatch(/secret|pin|4711/)
  })

  it('keeps its other numbers and words', async () => {
    expect(await refusal(pipe(string(), minLength(3)), 'ab')).toContain('>=3')
    expect(await refusal(z.number().max(5), 7)).toContain('<=5')
    expect(await refusal(z.number(), 'string')).toContain('expected number, received string')
  })

  it('survives a value that cannot be read', async () => {
    const wrong = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error(secret)
      },
    })
    const schema = z.any().refine(() => false, { path: ['a'], message: 'no' })
    expect(await refusal(schema, wrong)).not.toContain('secret')
  })
})
