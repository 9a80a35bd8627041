import type { Direction } from './faultPipe.js'
import type { Faults } from './faults.js'
import type { SeededRandom } from './seededRandom.js'
import { checkSpan, draw } from './span.js'
import type { Span } from './span.js'

/** What goes wrong by itself, and how often. */
export interface FaultPlanOptions {
  /** The time between two `reset()`. @default never */
  resetEveryMs?: Span | undefined
  /** The time between two `drop()`. @default never */
  dropEveryMs?: Span | undefined
  /** How long such a drop lasts. @default 0 */
  dropForMs?: Span | undefined
  /** The time between two `stall()`, each in a direction that is drawn as well. @default never */
  stallEveryMs?: Span | undefined
  /** How long such a stall lasts. @default [50, 500] */
  stallForMs?: Span | undefined
  /** The time between two `halfClose()`, each in a direction that is drawn as well. @default never */
  halfCloseEveryMs?: Span | undefined
}

const directions: readonly Direction[] = ['toServer', 'toClient']
const stallDirections = [...directions, 'both'] as const

/** @throws {RangeError} for a span that cannot work */
export function checkPlan(options: FaultPlanOptions): void {
  const { resetEveryMs, dropEveryMs, stallEveryMs, halfCloseEveryMs } = options
  const { dropForMs, stallForMs } = options
  const every = { resetEveryMs, dropEveryMs, stallEveryMs, halfCloseEveryMs }
  for (const [name, span] of Object.entries(every)) checkSpan(name, span, 1)
  for (const [name, span] of Object.entries({ dropForMs, stallForMs })) checkSpan(name, span, 0)
}

/**
 * Starts the faults of a plan. Each kind draws from a generator of its own, so that none shifts
 * another, and traffic shifts none.
 *
 * @returns ends the plan; undefined where there is nothing in it
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
  return choices[random.between(0, choices.length - 1)] as Choice // within its bounds
}
