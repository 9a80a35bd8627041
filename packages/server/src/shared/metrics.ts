import type { ServerErrorCode } from '@yektayar/protocol'
import type { LimitName } from './limits.js'

/** What the server counts while it works. */
export interface Metrics {
  /**
   * A command was answered.
   *
   * @param command `undefined` for every name that is none
   * @param startedAt of `performance.now()`
   */
  answered(
    this: void,
    command: string | undefined,
    outcome: 'ok' | ServerErrorCode,
    startedAt: number,
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
