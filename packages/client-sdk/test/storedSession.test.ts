import { expect, it } from 'vitest'
import { parseSession } from '../src/session/storedSession.js'

const token = 'a token'
const expiresAt = '2030-01-01T00:00:00.000Z'

it.each([
  ['nothing', undefined],
  ['null', null],
  ['text', 'a token'],
  ['a list', [token, expiresAt]],
  ['no token', { expiresAt }],
  ['an empty token', { token: '', expiresAt }],
  ['a token that is no text', { token: 7, expiresAt }],
  ['no expiry', { token }],
  ['an expiry that is no text', { token, expiresAt: Date.parse(expiresAt) }],
  ['an expiry that is no time', { token, expiresAt: 'soon' }],
])('%s is no session', (_what, value) => {
  expect(parseSession(value)).toBeUndefined()
})

it('a session has what it was stored with, and nothing that has another type', () => {
  const whole = { token, expiresAt, id: 'an id', userId: 'sara', renewAt: 1_000 }
  expect(parseSession({ ...whole, more: 1 })).toEqual(whole)
  expect(parseSession({ token, expiresAt, id: 1, userId: 2, renewAt: 'soon' })).toEqual({
    ...{ token, expiresAt, userId: null },
  })
})
