import { defineConfig } from 'vitest/config'
import base from '../../../vitest.config.ts'
import { ShortestFirst } from './shortestFirst.mjs'

const unit = base.test.projects.find(({ test }) => test.name === 'unit')

/** Only the unit tests of the mutated packages. */
export default defineConfig({
  test: {
    sequence: { sequencer: ShortestFirst },
    projects: [
      {
        ...unit,
        test: {
          ...unit.test,
          isolate: true, // one worker runs all files, and its memory would not last
          include: ['packages/{server,client-sdk}/test/**/*.test.ts'],
        },
      },
    ],
  },
})
