import { appendFileSync } from 'node:fs'

/** The environment in which tests start the thread of a store; setUpTests.mjs sets it. */
const { MUTATION_TEST: test, MUTATION_COVERAGE: file } = process.env

if (test && file) {
  // Written at once, since a test may end the thread at any time.
  const hits = new Proxy(
    {},
    {
      set(counts, mutant, count) {
        if (!(mutant in counts)) appendFileSync(file, `${JSON.stringify([test, mutant])}\n`)
        counts[mutant] = count
        return true
      },
    },
  )
  globalThis.__stryker__ = {
    currentTestId: test,
    mutantCoverage: { static: {}, perTest: { [test]: hits } },
  }
}
