import { createAbortController } from '../shared/abortController.js'
import type { Deadline } from '../shared/deadline.js'
import type { TokenSource } from '../shared/options.js'
import type { UrlSource } from '../shared/serverUrl.js'
import type { YektaYarError } from '../shared/yektaYarError.js'
import type { OpeningTransport } from './openingTransport.js'

/** The server address and the token of a connection. */
export interface Target {
  readonly url: UrlSource | undefined
  readonly token: TokenSource | undefined
}

/** The state of one run of the loop, from `open()` to its end. */
export interface ConnectionRun {
  readonly target: Target
  /** Stops watching the network. */
  readonly watch: AbortController
  /** Ends the current attempt with its connection, or the pause after it. */
  step: Deadline | undefined
  /** What the current attempt has opened before it had a token. */
  ahead: OpeningTransport | undefined
  phase: 'connecting' | 'reconnecting'
  attempt: number
  /** Whether the next connection gives way to others of the session, since one has replaced the last. */
  yields: boolean
  /** Why the last connection or attempt ended. */
  error: YektaYarError | undefined
  /** Until when to wait for a new token of the session, in `now()`. */
  patientUntil: number
}

/** A run that is about to make its first attempt. */
export function createRun(target: Target): ConnectionRun {
  return {
    target,
    watch: createAbortController(),
    step: undefined,
    ahead: undefined,
    phase: 'connecting',
    attempt: 1,
    yields: false,
    error: undefined,
    patientUntil: 0,
  }
}
