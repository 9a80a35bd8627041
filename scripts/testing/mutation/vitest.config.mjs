import { defineConfig } from 'vitest/config'
import base from '../../../vitest.config.ts'
import { NearestFirst } from './nearestFirst.mjs'

const project = (name, change = {}) => {
  const found = base.test.projects.find(({ test }) => test.name === name)
  const setupFiles = ['scripts/testing/mutation/setUpTests.mjs']
  const globalSetup = 'scripts/testing/mutation/storeThread.mjs'
  return { ...found, test: { ...found.test, setupFiles, globalSetup, ...change } }
}

/** The unit tests of the mutated packages, and the other tests that run the sources. */
const projectsOf = {
  unit: () => [project('unit', { include: ['packages/{server,client-sdk}/test/**/*.test.ts'] })],
  others: () => [
    project('unit', { include: ['packages/testing/test/**/*.test.ts'] }),
    project('unit-mocked'),
    project('integration'),
  ],
}

export default defineConfig({
  test: {
    sequence: { sequencer: NearestFirst },
    projects: projectsOf[process.env.MUTATION_TESTS ?? 'unit'](),
  },
})
