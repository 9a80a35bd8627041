import { expect, it } from 'vitest'
import { SerialRun } from '../../src/store/postgres/serialRun.js'

/** Work that goes on until the test ends a run of it. */
function startWork() {
  const ends: ((error?: Error) => void)[] = []
  const work = new SerialRun(
    () =>
      new Promise((resolve, reject) => {
        ends.push((error) => {
          if (error) reject(error)
          else resolve()
        })
      }),
  )
  return { work, ends }
}

it('runs one at a time, and once for all who ask meanwhile', async () => {
  const { work, ends } = startWork()
  const first = work.run()
  const asked = [work.run(), work.run(), work.run()]
  expect(new Set(asked).size).toBe(1)
  expect(ends).toHaveLength(1)
  ends[0]?.()
  await first
  await expect.poll(() => ends.length).toBe(2)
  const later = work.run()
  expect(later).not.toBe(asked[0])
  ends[1]?.()
  await asked[0]
  await expect.poll(() => ends.length).toBe(3)
  ends[2]?.()
  await later
  expect(ends).toHaveLength(3)
})

it('goes on after a run that failed, and tells only those who asked for it', async () => {
  const { work, ends } = startWork()
  const first = work.run()
  const second = work.run()
  ends[0]?.(new Error('lost'))
  await expect(first).rejects.toThrow('lost')
  await expect.poll(() => ends.length).toBe(2)
  ends[1]?.()
  await second
})
