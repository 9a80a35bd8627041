import { BaseSequencer } from 'vitest/node'

/** Runs the files that take the least time first, since the first test that fails ends a run. */
export class ShortestFirst extends BaseSequencer {
  async sort(files) {
    const longestFirst = await super.sort(files)
    return longestFirst.reverse()
  }
}
