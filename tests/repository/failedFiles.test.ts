import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { failedFiles } from '../../scripts/testing/failedFiles.mjs'
import { temporaryDirectory } from '../support/temporaryDirectory.js'

const passed = { name: 'good.test.ts', status: 'passed' }
const failed = (index: number) => ({ name: `${String(index)}.test.ts`, status: 'failed' })

it.each([
  ['nothing where none has failed, as when coverage is low', [passed], []],
  ['the few that have failed', [failed(1), passed, failed(2)], ['1.test.ts', '2.test.ts']],
  ['nothing where many have failed', [1, 2, 3, 4].map(failed), []],
])('files that run again are %s', async (_what, testResults, files) => {
  await using folder = await temporaryDirectory()
  const report = join(folder.path, 'report.json')
  await writeFile(report, JSON.stringify({ testResults }))
  expect(failedFiles(report)).toEqual(files)
})

it('no file runs again after a run that has left no report', () => {
  expect(failedFiles('there-is-no-such-report.json')).toEqual([])
})
