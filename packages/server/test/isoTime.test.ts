import { expect, it, vi } from 'vitest'
import { isoTime } from '../src/shared/isoTime.js'

it('a time is written once in each millisecond', () => {
  const write = vi.spyOn(Date.prototype, 'toISOString')
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
  for (let n = 0; n < 1_000; n++) expect(isoTime(at)).toBe('2026-01-02T03:04:05.678Z')
  expect(write).toHaveBeenCalledTimes(1)
  expect(isoTime(at + 1)).toBe('2026-01-02T03:04:05.679Z')
  expect(isoTime(at)).toBe('2026-01-02T03:04:05.678Z')
  write.mockRestore()
})
