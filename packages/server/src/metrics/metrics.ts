import type { ServerErrorCode } from '@yektayar/protocol'
import type { LimitName } from '../limits.js'

/** What the server counts while it works. */
export interface Metrics {
  /** A command was answered; `undefined` stands for every name that is none. */
  answered(
    this: void,
    command: string | undefined,
    outcome: 'ok' | ServerErrorCode,
    ms: number,
  ): void
  /** A limit refused something. */
  refused(this: void, limit: LimitName): void
}

/** Counts nothing. */
export const noMetrics: Metrics = {
  answered() {
    return undefined
  },
  refused() {
    return undefined
  },
}
