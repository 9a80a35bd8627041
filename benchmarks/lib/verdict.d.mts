import type { Summary } from './statistics.d.mts'

export function verdict(row: {
  readonly result: Summary
  readonly control?: Summary
  readonly target: number
}): 'held' | 'within the noise' | 'missed'
