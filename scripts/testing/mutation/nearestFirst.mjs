import { basename, relative } from 'node:path'
import { BaseSequencer } from 'vitest/node'

/** How long each file took when it last ran whole, in milliseconds. */
const durations = new Map()

/**
 * Runs the files first whose names share words with the mutated file, of these the fastest, since
 * the first failing test ends a run.
 */
export class NearestFirst extends BaseSequencer {
  async sort(files) {
    const [mutated] = this.ctx.config.related?.length === 1 ? this.ctx.config.related : []
    const ranked = files.map((spec) => ({
      spec,
      shared: mutated === undefined ? 0 : sharedWords(mutated, spec.moduleId),
      duration: this.durationOf(spec),
    }))
    ranked.sort((a, b) => b.shared - a.shared || a.duration - b.duration)
    return ranked.map(({ spec }) => spec)
  }

  durationOf({ project, moduleId }) {
    const last = this.ctx.cache.getFileTestResults(
      `${project.name}:${relative(this.ctx.config.root, moduleId)}`,
    )
    if (last && !last.failed) durations.set(moduleId, last.duration)
    return durations.get(moduleId) ?? Infinity
  }
}

function sharedWords(mutated, test) {
  const [packageOfSource, ...words] = wordsOf(mutated)
  const [packageOfTest, ...others] = wordsOf(test)
  const count = words.filter((word) => others.includes(word)).length
  return packageOfSource === packageOfTest ? count + 0.5 : count
}

/** The package of a file and the words of its folder and name, without an "s" of the plural. */
function wordsOf(file) {
  const [, packageName, , ...names] = file.slice(file.lastIndexOf('packages/')).split(/[/\\]/)
  const words = names.flatMap((name) => basename(name).split(/(?=[A-Z])|[.]/))
  return [packageName, ...words.map((word) => word.toLowerCase().replace(/s$/, ''))]
}
