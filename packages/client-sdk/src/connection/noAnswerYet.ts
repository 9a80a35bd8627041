import { YektaYarError } from '../shared/yektaYarError.js'
import type { AttemptTrace } from './attemptTrace.js'
import type { Target } from './connectionRun.js'

/** The error of an attempt that waits for an answer: it says for which one. */
export function noAnswerYet(step: AttemptTrace['step'], { token }: Target): YektaYarError {
  const option = step === 'address' ? 'url' : token && step === 'session' ? 'token' : undefined
  return new YektaYarError('timeout', `connect: no answer yet (${step})`, {
    hint: option ? `Does the function "${option}" answer?` : 'Is the network slow?',
  })
}
