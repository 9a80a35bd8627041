import type { OutboxCursor, UpkeepStore } from '../store/upkeep.js'
import type { SweepPace } from '../store/sweepPace.js'

/** What a sweep of outboxes depends on. */
export interface OutboxSweepDeps {
  upkeep: UpkeepStore
  pace: SweepPace
  /** The time against which ages are measured. */
  now: number
}

/** Removes answers that are too old, and outboxes whose session ended long ago. */
export async function sweepOutboxes({ upkeep, pace, now }: OutboxSweepDeps): Promise<void> {
  while ((await pace.next()) && !(await upkeep.removeOldAnswers(now)));
  let after: OutboxCursor | undefined
  while (await pace.next()) {
    after = await upkeep.removeOldOutboxes(now, after)
    if (!after) return
  }
}
