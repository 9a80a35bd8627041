import { relative, sep } from 'node:path'
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { root } from '../../lib/root.mjs'

/** Names each mutant that no test detects as soon as it was run. */
class UndetectedReporter {
  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    if (status !== 'Survived' && status !== 'NoCoverage') return
    const file = relative(root, fileName).split(sep).join('/')
    const { line, column } = location.start
    console.log(`${status} ${file}:${line}:${column} ${mutatorName}: ${replacement}`)
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.Reporter, 'undetected', UndetectedReporter),
]
