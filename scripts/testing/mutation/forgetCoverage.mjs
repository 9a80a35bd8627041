import { beforeAll } from 'vitest'

/**
 * Forgets which mutants the tests of earlier files have run. Stryker reports them at the end of each
 * file, and files that share a worker would each report those of all files before.
 */
beforeAll(() => {
  const { perTest = {} } = globalThis.__stryker__?.mutantCoverage ?? {}
  for (const test of Object.keys(perTest)) delete perTest[test]
})
