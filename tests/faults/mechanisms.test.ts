import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkHistory } from './support/checkHistory.js'
import type { ViolationKind } from './support/history.js'
import { CLIENTS, mechanisms, simulateHistory, SUBSCRIBERS } from './support/simulateHistory.js'
import type { Mechanism, Step } from './support/simulateHistory.js'

const client = fc.nat(CLIENTS - 1)
const subscriber = fc.nat(SUBSCRIBERS - 1)
const room = fc.constantFrom(0 as const, 1 as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('send' as const), client, room }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      client,
      items: fc.integer({ min: 1, max: 4 }),
      fate: fc.constantFrom('arrives' as const, 'request lost' as const, 'answer lost' as const),
      missedBy: fc.uniqueArray(subscriber),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('heads' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rejoin' as const), subscriber, room }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), subscriber, room }) },
)
const steps = fc.array(step, { minLength: 5, maxLength: 80 })

/** The violations that the checker reports when a mechanism is missing. */
const caughtAs: Readonly<Record<Mechanism, readonly ViolationKind[]>> = {
  dedupe: ['doubled'],
  resend: ['unsettled'],
  gapFetch: ['gap', 'lost'],
  sessionCheck: ['afterEnd'],
}

it('finds nothing in a run where packets and events get lost and all mechanisms are there', () => {
  fc.assert(
    fc.property(steps, (plan) => {
      expect(checkHistory(simulateHistory(plan).history)).toEqual([])
    }),
    { numRuns: 500 },
  )
})

it.each(mechanisms)('finds out whenever %s was needed and is left out', (without) => {
  let needed = 0
  fc.assert(
    fc.property(steps, (plan) => {
      const { history, isNeeded } = simulateHistory(plan, without)
      const kinds = checkHistory(history).map(({ kind }) => kind)
      if (isNeeded) {
        needed++
        expect(kinds.filter((kind) => caughtAs[without].includes(kind))).not.toEqual([])
      } else {
        expect(kinds).toEqual([])
      }
    }),
    { numRuns: 300 },
  )
  expect(needed).toBeGreaterThan(50)
})
