const MAX_SUBJECT_LENGTH = 72
const SUBJECT =
  /^(build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\([a-z0-9, ]+\))?!?: \S/

/** The problems of a commit message, as sentences; empty if it follows the rules. */
export function commitProblems({ subject, body }) {
  const problems = []
  if (subject.length > MAX_SUBJECT_LENGTH) {
    problems.push(`the subject has ${subject.length} characters; allowed: ${MAX_SUBJECT_LENGTH}`)
  }
  if (!SUBJECT.test(subject)) {
    problems.push(
      'the subject is not a conventional commit, such as `fix(client): drop late answers`',
    )
  }
  if (body.trim() === '') problems.push('the body is empty; it has to say why')
  return problems
}
