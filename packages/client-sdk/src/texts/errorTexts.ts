import type { ErrorCode } from '@yektayar/protocol'

/** A sentence or two for each code, for people who know nothing of how an app works. */
export type ErrorTexts = Readonly<Record<ErrorCode, string>>
