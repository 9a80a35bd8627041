import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Pacer } from '../src/rooms/pacer.js'
import type { PacedCall } from '../src/rooms/pacer.js'
import { ROOM_PAGES_AT_ONCE } from '../src/shared/limits.js'
import { YektaYarError } from '../src/shared/yektaYarError.js'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

function call(
  send: () => Promise<string>,
  options: Partial<PacedCall<string>> = {},
): PacedCall<string> {
  return { name: 'room:history', signal: undefined, isPatient: false, send, ...options }
}

const limited = () =>
  Promise.reject(new YektaYarError('rate_limited', '', { data: { retryAfterMs: 1_000 } }))

it('a call that is cancelled in the pause that the server asked for leaves no timer', async () => {
  const pacer = new Pacer()
  const controller = new AbortController()
  const send = vi.fn(limited)
  const ran = pacer.run(call(send, { signal: controller.signal, isPatient: true }))
  await vi.advanceTimersByTimeAsync(500)
  expect(vi.getTimerCount()).toBe(1)
  controller.abort()
  await expect(ran).rejects.toMatchObject({
    code: 'aborted',
    message: 'room:history: not sent (aborted)',
  })
  expect(vi.getTimerCount()).toBe(0)
  expect(send).toHaveBeenCalledOnce()
})

it('a call that is cancelled before its turn lets the next one go', async () => {
  const pacer = new Pacer()
  const goOn: ((value: string) => void)[] = []
  const slow = () => new Promise<string>((resolve) => goOn.push(resolve))
  const first = Array.from({ length: ROOM_PAGES_AT_ONCE }, () => pacer.run(call(slow)))
  const controller = new AbortController()
  const never = vi.fn(slow)
  const cancelled = pacer.run(call(never, { signal: controller.signal }))
  const next = pacer.run(call(() => Promise.resolve('next')))
  controller.abort()
  await expect(cancelled).rejects.toMatchObject({ code: 'aborted' })
  for (const one of goOn) one('done')
  expect(await next).toBe('next')
  await Promise.all(first)
  expect(never).not.toHaveBeenCalled()
})

it('calls after a refusal follow one by one, and without a pause once none is left', async () => {
  const pacer = new Pacer()
  const sentAt: number[] = []
  let refusals = 1
  const send = () => {
    sentAt.push(Date.now())
    return refusals-- > 0 ? limited() : Promise.resolve('page')
  }
  const startedAt = Date.now()
  const patient = pacer.run(call(send, { isPatient: true }))
  await vi.advanceTimersByTimeAsync(0)
  const second = pacer.run(call(send))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await Promise.all([patient, second])).toEqual(['page', 'page'])
  expect(sentAt.map((at) => at - startedAt)).toEqual([0, 1_000, 2_000])
  const before = Date.now()
  await pacer.run(call(send))
  expect(Date.now()).toBe(before)
})

it('a refusal that is not to be repeated is the answer', async () => {
  const send = vi.fn(limited)
  await expect(new Pacer().run(call(send))).rejects.toMatchObject({ code: 'rate_limited' })
  expect(send).toHaveBeenCalledOnce()
})
