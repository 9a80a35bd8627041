import { constants } from 'node:os'

/** The signals by which people and service managers end a process. */
const signals = ['SIGINT', 'SIGTERM'] as const

function endNow(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal])
}

/** Ends the process by a signal while it starts: process 1, as in a container, ignores it otherwise. */
export function endOnSignals(): void {
  for (const signal of signals) process.on(signal, endNow)
}

/** Leaves signals to listeners that were added since. */
export function leaveSignals(): void {
  for (const signal of signals) process.off(signal, endNow)
}
