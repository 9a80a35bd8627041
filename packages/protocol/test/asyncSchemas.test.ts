import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { validate } from '../src/index.js'

/** A schema that asks something that takes a moment, such as a database. */
function asking(ask: (id: string) => Promise<boolean>) {
  return z.object({ id: z.string().min(1).refine(ask, 'is not known'), n: z.number().default(7) })
}

describe('an asynchronous schema', () => {
  it('is asked once, and gives the parsed value', async () => {
    const ask = vi.fn(() => Promise.resolve(true))
    expect(await validate(asking(ask), { id: 'a' })).toEqual({
      ok: true,
      value: { id: 'a', n: 7 },
    })
    expect(ask).toHaveBeenCalledTimes(1)
  })

  it('says what it does not take', async () => {
    const ask = vi.fn(() => Promise.resolve(false))
    expect(await validate(asking(ask), { id: 'a' })).toMatchObject({
      ok: false,
      issues: [{ path: 'id', message: 'is not known' }],
    })
  })

  // An unhandled rejection would end the run of the tests, as it ends a process.
  it.each([
    ['rejects', () => Promise.reject(new Error('the database is away'))],
    [
      'rejects later',
      () =>
        new Promise<boolean>((_resolve, reject) => setTimeout(reject, 5, new Error('it is away'))),
    ],
  ])('that %s could not check the value', async (_how, ask) => {
    expect(await validate(asking(ask), { id: 'a' })).toMatchObject({
      ok: false,
      issues: [{ message: 'The schema could not check this value' }],
    })
    const transforming = z.string().transform(ask)
    expect(await validate(transforming, 'a')).toMatchObject({ ok: false })
    await new Promise((resolve) => setTimeout(resolve, 20))
  })

  it('is not asked for a value whose other parts are wrong at once', () => {
    const ask = vi.fn(() => Promise.resolve(true))
    expect(validate(asking(ask), { id: 7, n: 'x' })).toMatchObject({ ok: false })
    expect(validate(asking(ask), 'x')).toMatchObject({ ok: false })
  })
})

it('a schema without anything asynchronous is checked at once', () => {
  const schema = z.object({ a: z.string().refine((text) => text !== 'bad', 'is bad') })
  expect(validate(schema, { a: 'good' })).toEqual({ ok: true, value: { a: 'good' } })
  expect(validate(schema, { a: 'bad' })).toMatchObject({
    ok: false,
    issues: [{ path: 'a', message: 'is bad' }],
  })
})
