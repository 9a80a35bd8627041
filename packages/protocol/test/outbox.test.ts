import { describe, expect, it } from 'vitest'
import { OutboxDelivery, validate } from '../src/index.js'

const outbox = '0123456789abcdef'

describe('an item of an outbox', () => {
  it.each([
    { n: 1, name: 'message' },
    { n: 2, name: 'message', input: { text: 'x' }, key: 'k'.repeat(64) },
    { n: Number.MAX_SAFE_INTEGER, name: 'n'.repeat(64), input: null },
    { n: 3, skip: true },
  ])('may be %j', (item) => {
    expect(validate(OutboxDelivery, { outbox, items: [item] })).toMatchObject({
      ok: true,
      value: { items: [item] },
    })
  })

  it.each([
    null,
    7,
    'text',
    [],
    {},
    { name: 'message' },
    { n: 0, name: 'message' },
    { n: 1.5, name: 'message' },
    { n: '1', name: 'message' },
    { n: 2 ** 53, name: 'message' },
    { n: 1 },
    { n: 1, name: 7 },
    { n: 1, name: 'n'.repeat(65) },
    { n: 1, name: 'message', key: null },
    { n: 1, name: 'message', key: 'k'.repeat(65) },
    { n: 1, skip: false },
    { n: 1, skip: false, name: 'message' },
    { n: 1, skip: undefined, name: 'message' },
    { skip: true },
  ])('may not be %j', (item) => {
    expect(validate(OutboxDelivery, { outbox, items: [{ n: 1, skip: true }, item] })).toMatchObject(
      {
        ok: false,
        issues: [{ path: 'items.1' }],
      },
    )
  })
})
