import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { NOT_SAMPLED } from './sampleChecker.mjs'

/** Removes mutants outside of the last sample from an incremental file: the next may contain them. */
export function dropUnsampled(file) {
  if (!existsSync(file)) return
  const report = JSON.parse(readFileSync(file, 'utf8'))
  for (const source of Object.values(report.files)) {
    source.mutants = source.mutants.filter(({ statusReason }) => statusReason !== NOT_SAMPLED)
  }
  writeFileSync(file, JSON.stringify(report))
}
