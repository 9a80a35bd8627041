/** The problems of a commit message, as sentences; empty if it follows the rules. */
export function commitProblems(message: { subject: string; body: string }): string[]
