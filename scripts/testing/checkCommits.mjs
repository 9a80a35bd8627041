import { main } from '../lib/main.mjs'
import { CommandError, run } from '../lib/run.mjs'
import { commitProblems } from './commitRules.mjs'

/** The last commit before the rules were introduced; earlier commits are not checked. */
const LAST_FREE_COMMIT = '20ce8da5'
const FIELD = '\u001f'
const RECORD = '\u001e'

/** Checks the messages of new commits by the rules of CONTRIBUTING.md. */
await main(async () => {
  const commits = await newCommits()
  const lines = commits.flatMap((commit) =>
    commitProblems(commit).map((problem) => `${commit.id} ${commit.subject}\n  ${problem}`),
  )
  if (lines.length > 0) throw new Error(lines.join('\n'))
  console.log(`${commits.length} commit messages follow the rules`)
})

async function newCommits() {
  const format = ['%h', '%s', '%b'].join('%x1f') + '%x1e'
  const range = `${LAST_FREE_COMMIT}..HEAD`
  try {
    const output = await run('git', ['log', '--no-merges', `--format=${format}`, range])
    return output
      .split(RECORD)
      .map((record) => record.trim().split(FIELD))
      .filter(([id]) => id)
      .map(([id, subject, body = '']) => ({ id, subject, body }))
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    console.log('This copy has no history, so no commit messages are checked.')
    return []
  }
}
