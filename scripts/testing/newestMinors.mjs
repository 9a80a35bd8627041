import { copyFile, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pnpm } from '../lib/pnpm.mjs'
import { say } from '../lib/progress.mjs'
import { root } from '../lib/root.mjs'
import { CommandError, run } from '../lib/run.mjs'
import { findPrograms, unitPrograms, warnOfPostgres } from './programs.mjs'

/** Libraries whose private names the server uses, or whose next minor version users get first. */
const libraries = [
  'socket.io',
  'engine.io',
  'socket.io-adapter',
  'socket.io-parser',
  'ws',
  'fastify',
]
/** A build output that tests need. */
const builtDemo = 'packages/server/demo'
/** `unit-mocked` has the tests of private names. */
const projects = ['--project=unit', '--project=unit-mocked']
/** The server's tests use the testing package, which needs the server and the client. */
const filters = ['--filter=yektayar-realtime', '--filter=@yektayar/testing...']

/**
 * Runs the server's tests with the newest versions of these libraries that the manifests allow, in a
 * copy of the repository. If the lockfile has them already, the other stages have tested them. Without
 * a package registry, it fails in CI, and only says so elsewhere.
 */
export async function newestMinors() {
  try {
    await pnpm(['view', 'socket.io', 'version', '--fetch-retries=0', '--fetch-timeout=15000'])
  } catch (error) {
    if (!(error instanceof CommandError) || process.env.CI) throw error
    return report('! NOT TESTED with the newest minors: the package registry cannot be reached')
  }
  const folder = await mkdtemp(join(tmpdir(), 'yektayar-newest-'))
  try {
    await copyTo(folder)
    const before = await versionsIn(folder)
    const update = ['update', '--recursive', '--depth=Infinity', '--lockfile-only', ...libraries]
    await pnpm(update, { cwd: folder })
    const newer = (await versionsIn(folder)).filter((version) => !before.includes(version))
    if (newer.length === 0) return report('- the lockfile has the newest minors of all libraries')
    say(`- testing the server with ${newer.join(', ')}`)
    await pnpm(['install', '--frozen-lockfile', ...filters], { cwd: folder })
    const vitest = join(folder, 'node_modules/vitest/vitest.mjs')
    const args = [vitest, 'run', ...projects, 'packages/server/test/']
    warnOfPostgres()
    return await run(process.execPath, args, { cwd: folder, env: await findPrograms(unitPrograms) })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Copies all files that git tracks or would add, in their current state, and the built demo. */
async function copyTo(folder) {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z']
  const files = (await run('git', args)).split('\0').filter(Boolean)
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await copyFile(join(root, file), join(folder, file)).catch(unlessDeleted)
  }
  await cp(join(root, builtDemo), join(folder, builtDemo), { recursive: true })
}

function unlessDeleted(error) {
  if (error.code !== 'ENOENT') throw error
}

/** The versions of the libraries in a lockfile, as `name@version`. */
async function versionsIn(folder) {
  const lockfile = await readFile(join(folder, 'pnpm-lock.yaml'), 'utf8')
  const packages = [...lockfile.matchAll(/^ {2}'?([^\s'(]+@\d[^\s:'(]*)'?:$/gm)]
  const names = packages.map(([, version]) => version)
  return [...new Set(names)].filter((version) => libraries.includes(version.replace(/@.*/, '')))
}

function report(line) {
  say(line)
  return line
}
