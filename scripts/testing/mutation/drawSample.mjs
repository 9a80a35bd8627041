import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'
import { root } from '../../lib/root.mjs'
import { keyOf } from './keyOf.mjs'

const silent = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false }

/**
 * The keys of all mutants of some files, in a random order that the seed determines. A mutant keeps
 * its place in the order while its own text stays the same, even if other code changes.
 */
export async function drawSample(names, seed) {
  const files = names.map((name) => ({
    name,
    mutate: true,
    content: readFileSync(join(root, name), 'utf8'),
  }))
  const options = { plugins: null, excludedMutations: [], ignorers: [] }
  const { mutants } = await new Instrumenter(silent).instrument(files, options)
  const linesOf = new Map(files.map(({ name, content }) => [name, content.split('\n')]))
  const counts = new Map()
  const rankOf = ({ fileName, location, mutatorName, replacement }) => {
    const text = textAt(linesOf.get(fileName), location)
    const change = [seed, fileName, mutatorName, text, replacement].join('\n')
    counts.set(change, (counts.get(change) ?? 0) + 1)
    return createHash('sha256')
      .update(`${change}\n${counts.get(change)}`)
      .digest('hex')
  }
  return mutants
    .map((mutant) => ({
      rank: rankOf(mutant),
      key: keyOf(mutant.fileName, mutant.location, mutant),
    }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ key }) => key)
}

function textAt(lines, { start, end }) {
  const text = lines.slice(start.line, end.line + 1).join('\n')
  return text.slice(start.column, text.length - lines[end.line].length + end.column)
}
