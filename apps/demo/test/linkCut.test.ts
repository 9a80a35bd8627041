import { expect, it } from 'vitest'
import { createLinkCut } from '../src/faults/linkCut.js'

it('lets no attempt through while the link is cut, and all of them afterwards', async () => {
  const link = createLinkCut('http://a')
  expect(await link.address()).toBe('http://a')
  link.block()
  const passed: string[] = []
  const attempts = ['first', 'second'].map((name) => link.address().then(() => passed.push(name)))
  await Promise.resolve()
  expect(passed).toEqual([])
  link.mend()
  await Promise.all(attempts)
  expect(passed).toEqual(['first', 'second'])
  expect(await link.address()).toBe('http://a')
})
