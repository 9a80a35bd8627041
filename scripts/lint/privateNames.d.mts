import type { Linter } from 'eslint'

/** Forbids private names of other libraries outside of the one file that owns them. */
export const privateNames: Linter.Config
