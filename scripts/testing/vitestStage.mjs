import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bin } from '../lib/bin.mjs'
import { root } from '../lib/root.mjs'
import { run } from '../lib/run.mjs'

/** A stage that runs some of vitest's projects; `env` is called when it starts. */
export function vitestStage(name, projects, { args = [], needs = ['set-up'], env } = {}) {
  const report = join(root, '.cache', 'test', `${name.replaceAll(' ', '-')}.json`)
  const allArgs = [
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]
  return {
    name,
    needs,
    report,
    run: () => {
      rmSync(report, { force: true }) // a run that crashes must not be counted by an older report
      return run(bin('vitest'), allArgs, { env: env?.() })
    },
  }
}
