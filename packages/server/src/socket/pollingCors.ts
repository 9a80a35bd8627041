import cors from 'cors'
import type { OriginPolicy } from '../origins.js'
import type { TransportWatcher } from './watchTransports.js'

/** What tells browsers. */
export interface PollingCorsOptions {
  watch: (watcher: TransportWatcher) => void
  isOriginAllowed: OriginPolicy
  corsCredentials: boolean
}

/** Tells browsers which origins may poll. About websockets they do not ask: those have a fence. */
export function answerPollingCors(options: PollingCorsOptions): void {
  const { watch, isOriginAllowed, corsCredentials } = options
  const answer = cors({
    origin: (origin, decide) => {
      decide(null, isOriginAllowed(origin, undefined))
    },
    credentials: corsCredentials,
  })
  watch({
    requested(request, response) {
      if ('upgrade' in request.headers) return false
      let isAnswered = true // as a preflight is
      answer(request, response, () => {
        isAnswered = false
      })
      return isAnswered
    },
  })
}
