import { BaseSequencer } from 'vitest/node'

/** Runs the fastest files first, since the first failing test ends a run. */
export class ShortestFirst extends BaseSequencer {
  async sort(files) {
    const longestFirst = await super.sort(files)
    return longestFirst.reverse()
  }
}
