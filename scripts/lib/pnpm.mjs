import { run } from './run.mjs'

const pnpmVersion = '10.34.8'

/** Runs the pinned pnpm, which npx fetches on first use. */
export function pnpm(args) {
  return run('npx', ['--yes', `pnpm@${pnpmVersion}`, ...args])
}
