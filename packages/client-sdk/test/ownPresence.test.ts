import { describe, expect, it, vi } from 'vitest'
import { YektaYarError } from '../src/index.js'
import { OwnPresence } from '../src/rooms/ownPresence.js'
import { rejection } from './support/server.js'

/** The presence of a room whose server answers with these failures, and then lets everything pass. */
function presenceWith(...failures: YektaYarError[]) {
  const send = vi.fn(() => {
    const failure = failures.shift()
    return failure ? Promise.reject(failure) : Promise.resolve(null)
  })
  return { send, own: new OwnPresence({ isJoined: () => true, send }) }
}

function failure(code: 'conflict' | 'invalid_input' | 'timeout', isRetryable: boolean) {
  return new YektaYarError(code, 'refused', { retryable: isRetryable })
}

describe('the own presence', () => {
  it('is sent once, and again when it has changed', async () => {
    const { own, send } = presenceWith()
    await own.set({ name: 'Sara' })
    own.onJoined()
    await own.set('busy')
    expect(send.mock.calls).toEqual([[{ name: 'Sara' }], ['busy']])
  })

  it('is not sent again by a join that has brought it along', async () => {
    const { own, send } = presenceWith()
    own.shown = 'here'
    own.onJoinSent()
    own.onJoined()
    await own.set('here')
    expect(send).not.toHaveBeenCalled()
  })

  it('is tried again in a conflict that may pass', async () => {
    const { own, send } = presenceWith(failure('conflict', true))
    await own.set('here')
    expect(send.mock.calls).toEqual([['here'], ['here']])
  })

  it('waits for the next join in a conflict that stays', async () => {
    const { own, send } = presenceWith(failure('conflict', false))
    await own.set('here')
    expect(send).toHaveBeenCalledTimes(1)
    expect(own.shown).toBe('here')
  })

  it('stays what it was where the server refuses it', async () => {
    const { own, send } = presenceWith()
    await own.set('good')
    send.mockReturnValueOnce(Promise.reject(failure('invalid_input', false)))
    expect(await rejection(own.set('bad'))).toMatchObject({ code: 'invalid_input' })
    expect(own.shown).toBe('good')
  })

  it('is kept where no answer came', async () => {
    const { own } = presenceWith(failure('timeout', true))
    expect(await rejection(own.set('here'))).toMatchObject({ code: 'timeout' })
    expect(own.shown).toBe('here')
  })
})
