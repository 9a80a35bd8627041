import type { ValidationIssue } from './validationIssue.js'

/** What Zod itself begins its texts with; said already by what comes before. */
const PREAMBLE = /^Invalid input: /

/**
 * Says what was refused, and the first reason with its place:
 * `Invalid input at "items[2].text": expected string`. At most some 450 characters, since issues are
 * bounded.
 *
 * @param what what was refused, such as `Invalid input`
 */
export function describeIssues(what: string, issues: readonly ValidationIssue[]): string {
  const [first] = issues
  if (!first) return what
  const place = first.path === '' ? '' : ` at "${withBrackets(first.path)}"`
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return `${what}${place}: ${first.message.replace(PREAMBLE, '')}${more}`
}

/** `items.2.text` as JavaScript has it. */
function withBrackets(path: string): string {
  return path.replace(/(^|\.)(\d+)(?=\.|$)/g, '[$2]')
}
