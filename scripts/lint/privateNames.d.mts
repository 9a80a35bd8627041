import type { Linter } from 'eslint'

/** Forbids private names of other libraries outside the one file that looks after them. */
export const privateNames: Linter.Config
