import type { Direction } from './faultPipe.js'
import type { Faults } from './faults.js'
import type { SeededRandom } from './seededRandom.js'
import { checkSpan, draw } from './span.js'
import type { Span } from './span.js'

/** Faults that occur by themselves, and how often. */
export interface FaultPlanOptions {
  /** The time between two `reset()`. @default never */
  resetEveryMs?: Span | undefined
  /** The time between two `drop()`. @default never */
  dropEveryMs?: Span | undefined
  /** How long such a drop lasts. @default 0 */
  dropForMs?: Span | undefined
  /** The time between two `stall()`, each in a random direction. @default never */
  stallEveryMs?: Span | undefined
  /** How long such a stall lasts. @default [50, 500] */
  stallForMs?: Span | undefined
  /** The time between two `halfClose()`, each in a random direction. @default never */
  halfCloseEveryMs?: Span | undefined
}

const directions: readonly Direction[] = ['toServer', 'toClient']
const stallDirections = [...directions, 'both'] as const

/** @throws {RangeError} for an invalid span */
export function checkPlan(options: FaultPlanOptions): void {
  const { resetEveryMs, dropEveryMs, stallEveryMs, halfCloseEveryMs } = options
  const { dropForMs, stallForMs } = options
  const every = { resetEveryMs, dropEveryMs, stallEveryMs, halfCloseEveryMs }
  for (const [name, span] of Object.entries(every)) checkSpan(name, span, 1)
  for (const [name, span] of Object.entries({ dropForMs, stallForMs })) checkSpan(name, span, 0)
}

/**
 * Starts the faults of a plan. Each kind has its own random generator, so that neither other kinds
 * nor the traffic change its sequence.
 *
 * @returns a function that ends the plan; `undefined` for an empty plan
 */
export function startPlan(
  options: FaultPlanOptions,
  faults: Faults,
  random: SeededRandom,
): (() => void) | undefined {
  const { dropForMs = 0, stallForMs = [50, 500] } = options
  const stops: (() => void)[] = []
  const every = (span: Span | undefined, kind: string, act: (own: SeededRandom) => void): void => {
    if (span !== undefined) stops.push(repeat(span, act, random.fork(kind)))
  }
  every(options.resetEveryMs, 'reset', () => {
    faults.reset()
  })
  every(options.dropEveryMs, 'drop', (own) => {
    faults.drop({ forMs: draw(dropForMs, own) })
  })
  every(options.stallEveryMs, 'stall', (own) => {
    faults.stall({ direction: pick(stallDirections, own), forMs: draw(stallForMs, own) })
  })
  every(options.halfCloseEveryMs, 'halfClose', (own) => {
    faults.halfClose(pick(directions, own))
  })
  if (stops.length === 0) return undefined
  return () => {
    for (const stop of stops) stop()
  }
}

function repeat(
  everyMs: Span,
  act: (random: SeededRandom) => void,
  random: SeededRandom,
): () => void {
  let timer: NodeJS.Timeout
  const wait = (): void => {
    timer = setTimeout(
      () => {
        act(random)
        wait()
      },
      draw(everyMs, random),
    )
  }
  wait()
  return () => {
    clearTimeout(timer)
  }
}

function pick<Choice>(choices: readonly Choice[], random: SeededRandom): Choice {
  return choices[random.between(0, choices.length - 1)] as Choice // the index is valid
}
