import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { say, step } from '../lib/progress.mjs'
import { root } from '../lib/root.mjs'
import { countTests } from './countTests.mjs'

const logFolder = join('.cache', 'test')
const stagesAtOnce = 2

/**
 * Runs one phase after the other, with two stages of a phase at a time. Skips a stage if a stage that
 * it needs has failed. Resolves with a result per stage.
 */
export async function runStages(phases) {
  mkdirSync(join(root, logFolder), { recursive: true })
  const results = []
  for (const phase of phases) {
    const waiting = [...phase]
    const worker = async () => {
      for (let stage = waiting.shift(); stage; stage = waiting.shift()) {
        results.push(await runStage(stage, results))
      }
    }
    await Promise.all(Array.from({ length: stagesAtOnce }, worker))
  }
  return results
}

async function runStage(stage, results) {
  const { name, needs = [], report } = stage
  const isGood = (needed) => results.some((result) => result.name === needed && result.failed === 0)
  const missing = needs.find((needed) => !isGood(needed))
  if (missing) {
    say(`- ${name} skipped: it needs ${missing}`)
    return { name, seconds: 0, passed: 0, failed: 0, skipped: 1 }
  }

  const startedAt = performance.now()
  const failure = await step(name, stage.run).then(keepOutput(name), explainFailure(name))
  const seconds = (performance.now() - startedAt) / 1000
  return { name, seconds, repeated: stage.repeated, ...countTests(report, failure !== undefined) }
}

function keepOutput(name) {
  return (output) => {
    writeFileSync(logPath(name), output ?? '')
  }
}

function explainFailure(name) {
  return (error) => {
    const output = [error.output, error.message].filter(Boolean).join('\n')
    writeFileSync(logPath(name), output)
    say(`${output}\n(kept in ${join(logFolder, fileName(name))})`)
    return error
  }
}

function logPath(name) {
  return join(root, logFolder, fileName(name))
}

function fileName(name) {
  return `${name.replaceAll(' ', '-')}.log`
}
