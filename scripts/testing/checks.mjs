import { bin } from '../lib/bin.mjs'
import { pnpm } from '../lib/pnpm.mjs'
import { CommandError, run } from '../lib/run.mjs'

const dualPackages = ['packages/protocol', 'packages/client-sdk', 'packages/testing']
const esmPackages = ['packages/server', 'packages/vue', 'apps/doctor']

const lint = [bin('eslint'), '.', '--max-warnings', '0']
const layers = [
  ...[bin('depcruise'), 'packages/*/src', 'apps/*/src'],
  ...['--config', 'scripts/lint/layers.mjs'],
]
const format = [bin('prettier'), '--check', '.']
const types = { name: 'types', needs: ['set-up'], run: checkTypes }

/**
 * The checks for work in progress: only changed files are linted and checked for format. A file whose
 * types changed in other files is not linted again; only the complete run does that.
 */
export const quickChecks = [
  types,
  check('lint', [
    [...lint, '--cache', '--cache-strategy', 'content', '--cache-location', '.cache/eslint'],
    layers,
  ]),
  check('format', [
    [...format, '--cache', '--cache-strategy', 'content', '--cache-location', '.cache/prettier'],
  ]),
]

/** The checks that only read files; they may run at the same time. */
export const checks = [
  check('lint', [lint, layers]),
  types,
  check('format', [format]),
  check(
    'publint',
    [...dualPackages, ...esmPackages].map((folder) => [
      ...[bin('publint'), 'run', folder, '--strict', '--pack', 'npm'],
    ]),
  ),
  check('attw', [
    ...dualPackages.map((folder) => [bin('attw'), '--pack', folder, '--profile', 'node16']),
    ...esmPackages.map((folder) => [bin('attw'), '--pack', folder, '--profile', 'esm-only']),
  ]),
  check('knip', [[bin('knip')]]),
  check('commits', [[process.execPath, 'scripts/testing/checkCommits.mjs']]),
]

function check(name, commands) {
  return { name, needs: ['set-up'], run: () => runAll(commands) }
}

async function checkTypes() {
  await run(bin('tsc'), ['-p', '.'])
  return pnpm(['--recursive', '--no-bail', 'run', 'types'])
}

/** Runs every command, even after one has failed, so that one run shows all failures. */
async function runAll(commands) {
  const outputs = []
  const failures = []
  for (const [command, ...args] of commands) {
    try {
      outputs.push(await run(command, args))
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      outputs.push(error.output)
      failures.push(error.message)
    }
  }
  const output = outputs.join('\n')
  if (failures.length > 0) throw new CommandError(failures.join('\n'), output)
  return output
}
