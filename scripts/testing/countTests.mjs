import { existsSync, readFileSync } from 'node:fs'

/**
 * Counts the tests of a stage's vitest report; a stage without a report counts as one test.
 * A failure without a failed test, such as low coverage or an empty run, counts as one failed test.
 */
export function countTests(report, hasFailed) {
  const { passed, failed, skipped } = report ? readReport(report) : ofOne(hasFailed)
  return { passed, failed: hasFailed ? Math.max(failed, 1) : failed, skipped }
}

function readReport(report) {
  if (!existsSync(report)) return { passed: 0, failed: 0, skipped: 0 }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  return {
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests + numTodoTests,
  }
}

function ofOne(hasFailed) {
  return { passed: hasFailed ? 0 : 1, failed: hasFailed ? 1 : 0, skipped: 0 }
}
