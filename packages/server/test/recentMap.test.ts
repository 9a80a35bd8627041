import { describe, expect, it } from 'vitest'
import { RecentMap } from '../src/shared/recentMap.js'

function valueOf(n: number) {
  return { n }
}

describe('a map of what was used recently', () => {
  it('keeps what it is given, up to half of its size for sure', () => {
    const map = new RecentMap<number, object>(10)
    for (let n = 1; n <= 5; n++) map.set(n, valueOf(n))
    expect([1, 2, 3, 4, 5].map((n) => map.get(n))).toEqual([1, 2, 3, 4, 5].map(valueOf))
    expect(map.get(6)).toBeUndefined()
  })

  it('forgets what was not used for long, and nothing that is used', () => {
    const map = new RecentMap<number, object>(10)
    map.set(0, valueOf(0))
    for (let n = 1; n <= 1_000; n++) {
      map.set(n, valueOf(n))
      expect(map.get(0)).toEqual(valueOf(0))
    }
    const kept = Array.from({ length: 1_000 }, (_, index) => index + 1).filter((n) => map.get(n))
    expect(kept.length).toBeLessThanOrEqual(10)
    expect(map.get(1_000)).toEqual(valueOf(1_000))
  })

  it('replaces and deletes, wherever the entry stands', () => {
    const map = new RecentMap<number, object>(4)
    map.set(1, valueOf(1))
    map.set(2, valueOf(2))
    map.set(3, valueOf(3)) // 1 and 2 are now in the older half
    map.set(1, valueOf(10))
    map.delete(2)
    map.delete(3)
    expect([1, 2, 3].map((n) => map.get(n))).toEqual([valueOf(10), undefined, undefined])
  })
})
