import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { root } from '../../lib/root.mjs'
import { keyOf } from './keyOf.mjs'

/** Why a mutant was not run. */
export const NOT_SAMPLED = 'not in the sample'

let sample

const checker = {
  async init() {
    sample = new Set(JSON.parse(readFileSync(process.env.MUTATION_SAMPLE, 'utf8')))
  },
  async check(mutants) {
    return Object.fromEntries(mutants.map((mutant) => [mutant.id, resultOf(mutant)]))
  },
  group: async (mutants) => [mutants.map(({ id }) => id)],
}

function resultOf(mutant) {
  const file = relative(root, mutant.fileName).split(sep).join('/')
  if (sample.has(keyOf(file, mutant.location, mutant))) return { status: 'passed' }
  return { status: 'compileError', reason: NOT_SAMPLED }
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Checker, 'sample', checker)]
