import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** Where the threads of stores write which mutants they run. */
const file = join(tmpdir(), `mutation-coverage-${process.pid}-${threadId}`)
const mutation = globalThis.__stryker__ ?? {}

/**
 * Forgets which mutants the tests of earlier files have run. Stryker reports them at the end of each
 * file, and files that share a worker would each report those of all files before.
 */
beforeAll(() => {
  const { perTest = {} } = mutation.mutantCoverage ?? {}
  for (const test of Object.keys(perTest)) delete perTest[test]
})

/** Makes the mutant active in the threads that tests start; Stryker does so in their own thread. */
beforeAll(() => {
  setEnvironment('__STRYKER_ACTIVE_MUTANT__', mutation.activeMutant)
})

/** Lets a thread know for which test it runs mutants. */
beforeEach(() => {
  setEnvironment('MUTATION_TEST', mutation.currentTestId)
  setEnvironment('MUTATION_COVERAGE', file)
})

/** Adds what the threads have run to what Stryker reports after this. */
afterAll(() => {
  if (!existsSync(file)) return
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  rmSync(file)
  mutation.mutantCoverage ??= { static: {}, perTest: {} }
  const { perTest } = mutation.mutantCoverage
  for (const [test, mutant] of lines.map(JSON.parse)) {
    perTest[test] ??= {}
    perTest[test][mutant] = (perTest[test][mutant] ?? 0) + 1
  }
})

function setEnvironment(name, value) {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}
