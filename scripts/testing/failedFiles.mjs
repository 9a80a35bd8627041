import { existsSync, readFileSync } from 'node:fs'

/** More files than this do not fail by accident. */
const MAX_FILES = 3

/**
 * The files of a vitest report that have failed, if they are so few that the load of the machine may
 * be the reason; otherwise none.
 */
export function failedFiles(report) {
  if (!existsSync(report)) return []
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const files = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name)
  return files.length <= MAX_FILES ? files : []
}
