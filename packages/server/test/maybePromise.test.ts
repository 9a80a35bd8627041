import { expect, it } from 'vitest'
import { whenSettled } from '../src/shared/maybePromise.js'

it('what is no promise is gone on with at once', () => {
  expect(whenSettled(1, (value) => value + 1)).toBe(2)
})

it('a promise is waited for', async () => {
  expect(await whenSettled(Promise.resolve(1), (value) => value + 1)).toBe(2)
})

it('a thenable is waited for, even if its then() returns nothing', async () => {
  const thenable = {
    then(settle: (value: number) => void) {
      setTimeout(settle, 1, 1)
    },
  } as unknown as PromiseLike<number>
  expect(await whenSettled(thenable, (value) => value + 1)).toBe(2)
  const failing = {
    then(_settle: unknown, fail: (error: Error) => void) {
      setTimeout(fail, 1, new Error('nope'))
    },
  } as unknown as PromiseLike<number>
  await expect(whenSettled(failing, (value) => value)).rejects.toThrow('nope')
})
