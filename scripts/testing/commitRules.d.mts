/** What is wrong with a commit message, as sentences; empty when nothing is. */
export function commitProblems(message: { subject: string; body: string }): string[]
