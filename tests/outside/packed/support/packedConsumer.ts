import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryDirectory } from '../../../support/temporaryDirectory.js'

const root = join(import.meta.dirname, '../../../..')
const packages = ['protocol', 'server', 'client-sdk', 'vue', 'testing'].map((name) =>
  join(root, 'packages', name),
)

/** The result of a command in a consumer project. */
interface Ended {
  readonly code: number
  readonly output: string
}

/** A project outside the workspace that uses our packages as they are published. */
export interface PackedConsumer {
  readonly path: string
  write(this: void, files: Readonly<Record<string, string | Buffer>>): Promise<void>
  /** Runs a command in it; its output is that of both streams. */
  run(this: void, command: string, ...args: string[]): Promise<Ended>
  [Symbol.asyncDispose](this: void): Promise<void>
}

/**
 * Packs our packages and installs them by npm, with the consumer's other dependencies.
 *
 * @param release a folder with the tarballs of a release, which are installed instead
 */
export async function packedConsumer(
  dependencies: readonly string[],
  release?: string,
): Promise<PackedConsumer> {
  const directory = await temporaryDirectory()
  const { path } = directory
  const run = (command: string, ...args: string[]) => runIn(path, command, args)
  const tarballs = join(path, 'tarballs')
  if (release !== undefined) await cp(release, tarballs, { recursive: true })
  else {
    for (const folder of [...packages, join(root, 'apps/doctor')]) {
      await mustRun(runIn(folder, 'pnpm', ['pack', '--pack-destination', tarballs]))
    }
  }
  const names = (await readdir(tarballs)).map((name) => `./tarballs/${name}`)
  await writeFile(join(path, 'package.json'), '{ "private": true, "type": "module" }')
  await mustRun(run('npm', 'install', '--no-audit', '--no-fund', ...names, ...dependencies))
  return {
    path,
    run,
    async write(files) {
      for (const [name, text] of Object.entries(files)) {
        const file = join(path, name)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, text)
      }
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  }
}

async function mustRun(ending: Promise<Ended>): Promise<void> {
  const { code, output } = await ending
  if (code !== 0) throw new Error(output)
}

async function runIn(cwd: string, command: string, args: readonly string[]): Promise<Ended> {
  // Environment variables of the test runner would change how the child processes behave.
  const { PATH, HOME } = process.env
  const options = {
    cwd,
    env: { PATH, HOME, CI: 'true', NO_COLOR: '1' },
    maxBuffer: 16 * 1024 * 1024,
  }
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, options)
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    // These are the fields of execFile's error.
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: `${stdout}${stderr}` }
  }
}
