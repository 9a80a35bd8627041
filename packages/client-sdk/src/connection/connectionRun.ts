import { createAbortController } from '../shared/abortController.js'
import type { Deadline } from '../shared/deadline.js'
import type { TokenSource } from '../shared/options.js'
import type { UrlSource } from '../shared/serverUrl.js'
import type { YektaYarError } from '../shared/yektaYarError.js'

/** Where a connection leads, and with whose token. */
export interface Target {
  readonly url: UrlSource | undefined
  readonly token: TokenSource | undefined
}

/** Everything between one `open()` of a connection and its end. */
export interface ConnectionRun {
  readonly target: Target
  /** Ends the watch over the network. */
  readonly watch: AbortController
  /** Ends the attempt under way, its connection included, or the pause after it. */
  step: Deadline | undefined
  phase: 'connecting' | 'reconnecting'
  attempt: number
  /** Why the last connection or attempt ended. */
  error: YektaYarError | undefined
  /** Until when the session's new token may come, in milliseconds since 1970. */
  patientUntil: number
}

/** A run that is about to make its first attempt. */
export function createRun(target: Target): ConnectionRun {
  return {
    target,
    watch: createAbortController(),
    step: undefined,
    phase: 'connecting',
    attempt: 1,
    error: undefined,
    patientUntil: 0,
  }
}
