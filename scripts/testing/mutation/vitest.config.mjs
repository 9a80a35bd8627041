import { defineConfig } from 'vitest/config'
import base from '../../../vitest.config.ts'
import { ShortestFirst } from './shortestFirst.mjs'

const unit = base.test.projects.find(({ test }) => test.name === 'unit')

/** The unit tests of the packages that are mutated, and no others. */
export default defineConfig({
  test: {
    sequence: { sequencer: ShortestFirst },
    projects: [
      {
        ...unit,
        test: { ...unit.test, include: ['packages/{server,client-sdk}/test/**/*.test.ts'] },
      },
    ],
  },
})
