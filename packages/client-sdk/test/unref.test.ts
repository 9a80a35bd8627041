import { expect, it, vi } from 'vitest'
import { unref } from '../src/shared/platform.js'

it.each([
  ['a number, as in browsers', 7],
  ['an object that knows nothing of it', {}],
  [
    'an object that refuses',
    {
      unref: () => {
        throw new Error('not here')
      },
    },
  ],
])('a timer that is %s runs on', (_what, timer) => {
  expect(() => {
    unref(timer as ReturnType<typeof setTimeout>)
  }).not.toThrow()
})

it('a timer of Node does not keep the process running', () => {
  const timer = setTimeout(() => undefined, 1_000)
  const unrefs = vi.spyOn(timer, 'unref')
  unref(timer)
  clearTimeout(timer)
  expect(unrefs).toHaveBeenCalledOnce()
})
