import { YektaYarError } from '@yektayar/client'
import { describe, expect, it } from 'vitest'
import { connectFake } from './support/connectFake.js'

describe('handle()', () => {
  it('answers in place of the handler before, until it is ended', async () => {
    await using context = await connectFake()
    const { fake, handler } = context
    const end = fake.handle('note:add', ({ input, session }) => ({
      id: session.isLoggedIn ? 3 : 2,
      text: input.text.toUpperCase(),
    }))
    expect(await fake.call('note:add', { text: 'a' })).toEqual({ id: 2, text: 'A' })
    expect(handler).not.toHaveBeenCalled()
    end()
    end()
    await expect(fake.call('note:add', { text: 'a' })).rejects.toMatchObject({
      code: 'unknown_command',
      message: "note:add: No handler: fake.handle('note:add', …)",
    })
  })

  it('answers a command of the house as well', async () => {
    await using context = await connectFake()
    context.fake.handle('echo', () => ({
      received: 'mine',
      timestamp: new Date(0).toISOString(),
      socketId: 'x',
    }))
    expect(await context.fake.echo('yours')).toMatchObject({ received: 'mine', socketId: 'x' })
  })

  it('tells the caller what is wrong with a result', async () => {
    await using context = await connectFake()
    context.fake.handle('note:add', () => ({ id: 'one' as unknown as number, text: 'a' }))
    await expect(context.fake.call('note:add', { text: 'a' })).rejects.toMatchObject({
      code: 'internal_error',
      message: expect.stringMatching(
        /^note:add: The result of note:add breaks the contract at "id": /,
      ) as string,
      data: undefined, // a real server sends no such data either
    })
  })

  it('answers what is thrown: a typed error as it is, a mistake with its text', async () => {
    await using context = await connectFake()
    const { fake } = context
    fake.handle('note:add', () => {
      throw new YektaYarError('forbidden', 'Not you', { hint: 'Ask', data: { id: 1 } })
    })
    await expect(fake.call('note:add', { text: 'a' })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'note:add: Not you',
      hint: 'Ask',
      data: { id: 1 },
      mayHaveRun: false,
    })
    fake.handle('note:add', () => {
      throw new TypeError('x is not a function')
    })
    await expect(fake.call('note:add', { text: 'a' })).rejects.toMatchObject({
      code: 'internal_error',
      message: 'note:add: A handler threw: TypeError: x is not a function',
    })
  })

  it('refuses a command that is not in the contract', async () => {
    await using context = await connectFake()
    expect(() => context.fake.handle('note:lose' as 'ping', () => ({ timestamp: '' }))).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    )
  })
})
