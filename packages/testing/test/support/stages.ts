import { fakeStage } from './fakeStage.js'
import { serverStage } from './serverStage.js'
import type { StartStage } from './stage.js'

/** Every stage that the conformance suite runs on. */
export const stages: readonly { readonly name: string; readonly start: StartStage }[] = [
  { name: 'the real client with a server', start: serverStage },
  { name: 'the fake client', start: fakeStage },
]
