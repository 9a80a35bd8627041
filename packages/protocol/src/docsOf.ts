import type { ErrorCode } from './errors.js'

/** The page with a section for each code. It is published with this package. */
const PAGE = 'https://unpkg.com/@yektayar/protocol/docs/ERRORS.md'

/** The address of the section about a code: what happened, why, and what to do. */
export function docsOf(code: ErrorCode | 'invalid_contract'): string {
  return `${PAGE}#${code}`
}
