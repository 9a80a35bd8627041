import { mutatedFiles } from './mutatedFiles.mjs'

/**
 * The options that all runs share; scripts/mutation.mjs adds the sample.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  mutate: mutatedFiles(),
  testRunner: 'vitest',
  vitest: { configFile: 'scripts/testing/mutation/vitest.config.mjs' },
  plugins: ['@stryker-mutator/vitest-runner'],
  coverageAnalysis: 'perTest',
  // A mutant that only runs while a module loads would need a run of all tests.
  ignoreStatic: true,
  incremental: true,
  concurrency: 2,
  timeoutMS: 90_000,
  // The files share their worker, whose memory would not last for all mutants.
  maxTestRunnerReuse: 30,
  dryRunTimeoutMinutes: 30,
  reporters: ['progress-append-only', 'json', 'undetected'],
  tempDirName: '.cache/stryker',
  ignorePatterns: ['coverage', 'apps/*/dist', 'benchmarks'],
}
