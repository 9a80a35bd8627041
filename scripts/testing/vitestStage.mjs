import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bin } from '../lib/bin.mjs'
import { say } from '../lib/progress.mjs'
import { root } from '../lib/root.mjs'
import { CommandError, run } from '../lib/run.mjs'
import { failedFiles } from './failedFiles.mjs'

/** What no second run can excuse: an error outside of tests, or low coverage. */
const isFinal = /Unhandled Error|does not meet .*threshold/

/**
 * A stage that runs some of vitest's projects; `env` is called when it starts. A few files that fail
 * are run again, alone: many tests measure time, and the others may have taken it. The summary names
 * those files.
 */
export function vitestStage(name, projects, { args = [], needs = ['set-up'], env } = {}) {
  const report = reportOf(name)
  const vitest = (reportFile, more) => {
    rmSync(reportFile, { force: true }) // a run that crashes must not be counted by an older report
    const names = projects.flatMap((project) => ['--project', project])
    const reporters = ['--reporter=default', '--reporter=json']
    const allArgs = ['run', ...names, ...reporters, `--outputFile.json=${reportFile}`, ...more]
    return run(bin('vitest'), allArgs, { env: env?.() })
  }
  const stage = {
    name,
    needs,
    report,
    repeated: [],
    async run() {
      try {
        return await vitest(report, args)
      } catch (error) {
        if (!(error instanceof CommandError) || isFinal.test(error.output)) throw error
        const files = failedFiles(report).map((file) => relative(root, file))
        if (files.length === 0) throw error
        say(`${error.output}\n! ${name}: runs again alone: ${files.join(', ')}`)
        const again = reportOf(`${name} again`)
        const output = await vitest(again, ['--no-file-parallelism', ...files])
        countAsPassed(report, again)
        stage.repeated = files
        return [error.output, output].join('\n')
      }
    },
  }
  return stage
}

function reportOf(name) {
  return join(root, '.cache', 'test', `${name.replaceAll(' ', '-')}.json`)
}

/** Takes the results of some files from a later report. */
function countAsPassed(report, laterReport) {
  const [first, later] = [report, laterReport].map((file) => JSON.parse(readFileSync(file, 'utf8')))
  const names = later.testResults.map(({ name }) => name)
  const testResults = [
    ...first.testResults.filter(({ name }) => !names.includes(name)),
    ...later.testResults,
  ]
  const statuses = testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ status }) => status),
  )
  const count = (status) => statuses.filter((one) => one === status).length
  const counts = { numPassedTests: count('passed'), numFailedTests: count('failed') }
  writeFileSync(report, JSON.stringify({ ...first, ...counts, testResults }))
}
