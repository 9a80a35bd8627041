import { describe, expect, it } from 'vitest'
import { connectFake } from './support/connectFake.js'

describe('fail()', () => {
  it('makes so many calls fail, before their handler runs', async () => {
    await using context = await connectFake()
    const { fake, handler } = context
    fake.fail('note:add', 'conflict', { message: 'Taken', hint: 'Wait', data: { id: 1 }, times: 2 })
    for (const text of ['a', 'b']) {
      await expect(fake.call('note:add', { text })).rejects.toMatchObject({
        code: 'conflict',
        message: 'note:add: Taken',
        hint: 'Wait',
        data: { id: 1 },
      })
    }
    expect(handler).not.toHaveBeenCalled()
    expect(await fake.call('note:add', { text: 'c' })).toMatchObject({ text: 'c' })
  })

  it('can be taken back', async () => {
    await using context = await connectFake()
    const takeBack = context.fake.fail('ping', 'store_unavailable')
    takeBack()
    expect(await context.fake.ping()).toHaveProperty('timestamp')
  })

  it('makes an item of the outbox fail, or wait where it may be tried again', async () => {
    await using context = await connectFake()
    const { fake } = context
    fake.handle('note:save', ({ input }) => input)
    fake.fail('note:save', 'conflict')
    await expect(fake.call('note:save', { id: 1, text: 'a' })).rejects.toMatchObject({
      code: 'conflict',
    })
    fake.fail('note:save', 'store_unavailable')
    expect(await fake.call('note:save', { id: 2, text: 'b' })).toEqual({ id: 2, text: 'b' })
    fake.fail('room:join', 'too_many_rooms')
    await expect(fake.room('public:x').join()).rejects.toMatchObject({ code: 'too_many_rooms' })
  })

  it('refuses a command and a code that are none', async () => {
    await using context = await connectFake()
    const invalid = expect.objectContaining({ code: 'invalid_options' }) as Error
    expect(() => context.fake.fail('note:lose' as 'ping', 'conflict')).toThrow(invalid)
    expect(() => context.fake.fail('ping', 'timeout' as 'conflict')).toThrow(invalid)
  })
})
