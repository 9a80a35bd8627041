import { isYektaYarError } from '@yektayar/client'
import { describe, expect, it, vi } from 'vitest'
import { createFakeClient } from '../src/fake.js'
import { connectFake } from './support/connectFake.js'
import { noteContract } from './support/noteContract.js'

describe('emit()', () => {
  it('resolves when the listeners have heard it', async () => {
    await using context = await connectFake()
    const heard = vi.fn()
    context.fake.on('note:added', heard)
    await context.fake.emit('note:added', { id: 1, text: 'a' })
    expect(heard).toHaveBeenCalledExactlyOnceWith({ id: 1, text: 'a' })
  })

  it('resolves without a connection, and nobody hears it', async () => {
    await using fake = createFakeClient(noteContract)
    const heard = vi.fn()
    fake.on('note:added', heard)
    await fake.emit('note:added', { id: 1, text: 'a' })
    await fake.connect()
    expect(heard).not.toHaveBeenCalled()
  })

  it('refuses a payload that breaks the contract, and says how', async () => {
    await using context = await connectFake()
    const emitted = context.fake.emit('note:added', { id: 'one' as unknown as number, text: 'a' })
    const error: unknown = await emitted.catch((thrown: unknown) => thrown)
    expect(isYektaYarError(error)).toBe(true)
    expect(error).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(
        /^The payload of note:added breaks the contract at "id": /,
      ) as string,
      data: { issues: [{ path: 'id' }] },
    })
    await expect(
      context.fake.emit('note:lost' as 'note:added', { id: 1, text: 'a' }),
    ).rejects.toMatchObject({ code: 'invalid_options' })
    await expect(
      context.fake.emit('note:aded' as 'note:added', { id: 1, text: 'a' }),
    ).rejects.toThrow('The contract has no event "note:aded". Did you mean "note:added"?')
    expect(() =>
      context.fake.handle('note:ad' as 'note:add', () => ({ id: 1, text: 'a' })),
    ).toThrow('The contract has no command "note:ad". Did you mean "note:add"?')
  })
})
