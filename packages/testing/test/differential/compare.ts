import { isDeepStrictEqual } from 'node:util'
import { fakeStage } from '../support/fakeStage.js'
import { serverStage } from '../support/serverStage.js'
import type { StartStage } from '../support/stage.js'
import type { Operation } from './operation.js'
import { perform } from './perform.js'
import { Scene } from './scene.js'

/** How long to wait for the effects of one step before its last observation is taken. */
const QUIET_WITHIN_MS = 5_000
/** How long the expected observation must stay unchanged before a step counts as done. */
const STILL_MS = 4
/** How long an unexpected observation must stay unchanged before it counts as the result. */
const CERTAIN_MS = 750
const LOOK_EVERY_MS = 2

/** The result of one step, and what could be observed after it. */
interface Seen {
  readonly outcome: unknown
  readonly observation: unknown
}

/** The first step whose results differ between the fake and the server. */
export interface Difference {
  readonly step: number
  readonly operation: Operation
  readonly fake: Seen | undefined
  readonly server: Seen | undefined
}

/** Runs a sequence on the fake and on the server; resolves with their first difference, if any. */
export async function compare(sequence: readonly Operation[]): Promise<Difference | undefined> {
  const fake = await run(fakeStage, sequence, () => true)
  const server = await run(
    serverStage,
    sequence,
    (seen, step) => isDeepStrictEqual(seen, fake[step]?.observation),
    (seen, step) => isDeepStrictEqual(seen, fake[step]),
  )
  const step = sequence.findIndex((_, index) => !isDeepStrictEqual(fake[index], server[index]))
  const operation = sequence[step]
  return operation && { step, operation, fake: fake[step], server: server[step] }
}

/** Leaves out as many steps as it can while the two sides still differ. */
export async function shrink(sequence: readonly Operation[]): Promise<readonly Operation[]> {
  const difference = await compare(sequence)
  if (!difference) return sequence
  let shortest = sequence.slice(0, difference.step + 1)
  for (let size = Math.ceil(shortest.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < shortest.length - 1;) {
      const shorter = shortest.toSpliced(start, size)
      if (shorter.length > 0 && (await compare(shorter))) shortest = shorter
      else start += size
    }
  }
  return shortest
}

/**
 * Runs a sequence on one side.
 *
 * @param isExpected whether an observation is the expected one; an unexpected one is observed
 * longer
 * @param goesOn whether both sides still agree; if not, the remaining steps are skipped
 */
async function run(
  start: StartStage,
  sequence: readonly Operation[],
  isExpected: (observation: unknown, step: number) => boolean,
  goesOn: (seen: Seen, step: number) => boolean = () => true,
): Promise<Seen[]> {
  await using stage = await start()
  const scene = new Scene(stage)
  await stage.client.connect()
  const seen: Seen[] = []
  for (const [step, operation] of sequence.entries()) {
    const outcome = await perform(scene, operation, step)
    const observation = await settledObservation(scene, (now) => isExpected(now, step))
    const last = { outcome, observation }
    seen.push(last)
    if (!goesOn(last, step)) break
  }
  if (!scene.isUp) stage.restore()
  return seen
}

async function settledObservation(
  scene: Scene,
  isExpected: (observation: unknown) => boolean,
): Promise<unknown> {
  const deadline = Date.now() + QUIET_WITHIN_MS
  let last: unknown
  let since = Date.now()
  for (;;) {
    const now = scene.observe()
    if (!isDeepStrictEqual(now, last)) since = Date.now()
    last = now
    const isStill = Date.now() - since >= (isExpected(now) ? STILL_MS : CERTAIN_MS)
    if (Date.now() > deadline) return now
    if (isStill && scene.isQuiet) return now
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
