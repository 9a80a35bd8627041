import { describe, expect, it } from 'vitest'
import { tooBusy } from '../src/rooms/pageLane.js'
import { reachAtOnce, reachStore } from '../src/sessions/reachStore.js'
import { CommandError } from '../src/shared/commandError.js'
import { requireSameUser } from '../src/store/requireSameUser.js'
import { StoreValueError } from '../src/store/storeValueError.js'

describe('a query that fails', () => {
  const unreached = {
    code: 'store_unavailable',
    message: 'The session store cannot be reached',
    hint: 'Try again in a moment',
  }
  const failing = (error: Error) => ({
    later: () => reachStore(() => Promise.reject(error)),
    promised: async () => reachAtOnce(() => Promise.reject(error)),
    atOnce: async () =>
      reachAtOnce(() => {
        throw error
      }),
  })

  it.each(['later', 'promised', 'atOnce'] as const)(
    'becomes a refusal whose cause it is: %s',
    async (how) => {
      const cause = new Error('disk I/O error')
      await expect(failing(cause)[how]()).rejects.toMatchObject({ ...unreached, cause })
    },
  )

  it('keeps a refusal as it is, and names a value that cannot be stored', async () => {
    const refusal = new CommandError('forbidden', 'not today')
    await expect(failing(refusal).later()).rejects.toBe(refusal)
    const value = new StoreValueError('The database cannot store this in name: a Date', 'name')
    await expect(failing(value).later()).rejects.toMatchObject({
      code: 'invalid_input',
      message: value.message,
    })
  })

  it('is no matter to one that succeeds, at once or later', async () => {
    expect(reachAtOnce(() => 7)).toBe(7)
    await expect(reachAtOnce(() => Promise.resolve(7))).resolves.toBe(7)
  })
})

describe('the user of a session', () => {
  const users = new Map([
    ['one', 'sara'],
    ['guest', null],
  ])

  it('may go on as the same', () => {
    requireSameUser(users, { id: 'one', userId: 'sara' })
    requireSameUser(users, { id: 'guest', userId: null })
  })

  it('is refused for another, and is told to try again', () => {
    const asOther = () => {
      requireSameUser(users, { id: 'guest', userId: 'sara' })
    }
    expect(asOther).toThrow(
      expect.objectContaining({
        code: 'store_unavailable',
        message: 'A user signed in or out in the meantime',
        hint: 'Try again',
      }),
    )
  })

  it('is refused without a session', () => {
    const asNobody = () => {
      requireSameUser(users, { id: 'ended', userId: null })
    }
    expect(asNobody).toThrow(expect.objectContaining({ code: 'token_invalid' }))
  })
})

it('a page that has to wait too long says what to do, and when', () => {
  expect(tooBusy()).toMatchObject({
    code: 'rate_limited',
    message: 'Too many pages are queued',
    hint: 'Request one page at a time',
    data: { retryAfterMs: expect.any(Number) as number },
  })
})
