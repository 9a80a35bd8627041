import { describe, expect, it } from 'vitest'
import { disruptionKinds, disruptionsOf } from './support/disruptions.js'
import { faultSeed } from './support/faultSeed.js'

const date = new Date('2031-02-03T23:00:00Z')

describe('the seed of a run under faults', () => {
  it('is the one that was asked for, also in CI', () => {
    expect(faultSeed({ FAULT_SEED: '7', CI: 'true' }, date)).toBe(7)
  })

  it('is the date in CI', () => {
    expect(faultSeed({ CI: 'true' }, date)).toBe(20310203)
    expect(faultSeed({ CI: '1' }, date)).toBe(20310203)
  })

  it('is drawn elsewhere', () => {
    const drawn = [faultSeed({}, date), faultSeed({ CI: 'false' }, date)]
    expect(drawn).not.toContain(20310203)
    expect(drawn.every((seed) => Number.isInteger(seed) && seed >= 0)).toBe(true)
  })
})

describe('the faults of a run', () => {
  it('are all of them unless some are named', () => {
    expect(disruptionsOf(undefined)).toEqual(disruptionKinds)
    expect(disruptionsOf('kill, silent')).toEqual(['kill', 'silent'])
  })

  it('are known ones', () => {
    expect(() => disruptionsOf('kill,flood')).toThrow(/"flood".*suspend/)
  })
})
