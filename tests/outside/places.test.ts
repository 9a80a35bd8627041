import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { YektaYarSocket } from '@yektayar/client'
import { createServer } from '@yektayar/server'
import { describe, expect, it } from 'vitest'
import { runProcess } from '../support/runProcess.js'
import { temporaryDirectory } from '../support/temporaryDirectory.js'

const command = join(import.meta.dirname, '../../packages/server/bin/yektayar-server.js')
const isLinux = process.platform === 'linux'
const isRoot = process.getuid?.() === 0
/** Somebody whom modes of files concern, which root is not. */
const NOBODY = 65_534
/** Whether root can lend the command to them: it may be in a folder of its own. */
const isReadable =
  !isRoot || spawnSync(process.execPath, [command, '--version'], { uid: NOBODY }).status === 0

/** The standalone server as somebody who is not root, on a database. */
function runOn(path: string, prefix: string[] = []) {
  const { PATH } = process.env
  const env = { PATH, DATABASE_URL: `sqlite:${path}`, PORT: '0', HOST: '127.0.0.1', DEMO: 'off' }
  const args = [...prefix.slice(1), ...(prefix.length > 0 ? [process.execPath] : []), command]
  return runProcess(prefix[0] ?? process.execPath, args, {
    env,
    ...(isRoot && prefix.length === 0 && { uid: NOBODY }),
  })
}

/** Places where no database can be, by what is wrong with them. */
const badPlaces: [string, (path: string) => Promise<string>][] = [
  [
    'a folder that cannot be written',
    async (path) => {
      await chmod(path, 0o555)
      return join(path, 'app.db')
    },
  ],
  [
    'a missing folder in one that cannot be written',
    async (path) => {
      await chmod(path, 0o555)
      return join(path, 'data/app.db')
    },
  ],
  [
    'a file that can only be read',
    async (path) => {
      const file = join(path, 'app.db')
      const server = await createServer({ databaseUrl: `sqlite:${file}`, logLevel: 'silent' })
      await server.close()
      await chmod(file, 0o444)
      await chmod(path, 0o555)
      return file
    },
  ],
  [
    'a folder in place of the file',
    async (path) => {
      const folder = join(path, 'app.db')
      await mkdir(folder)
      await chmod(path, 0o777)
      return folder
    },
  ],
  [
    'a file in place of the folder',
    async (path) => {
      await writeFile(join(path, 'data'), '')
      await chmod(path, 0o755)
      return join(path, 'data/app.db')
    },
  ],
  [
    'a file that is no database',
    async (path) => {
      const file = join(path, 'app.db')
      await writeFile(file, 'Dear diary, '.repeat(1_000))
      await chmod(file, 0o666)
      await chmod(path, 0o777)
      return file
    },
  ],
]

describe.runIf(isLinux && isReadable).concurrent('a database', () => {
  it.each(badPlaces)('in %s ends the start with one line, which names it', async (_what, make) => {
    await using directory = await temporaryDirectory()
    const path = await make(directory.path)
    await using running = runOn(path)
    const [code] = await running.exited
    await chmod(directory.path, 0o755)
    expect(running.output.text.split('\n')).toHaveLength(2)
    expect(running.output.text).toContain(path)
    expect(running.output.text).toMatch(/^The database \S+ cannot be opened: /)
    expect(code).toBe(1)
  })

  it('in a missing folder is created with it, for its owner alone', async () => {
    await using directory = await temporaryDirectory()
    await chmod(directory.path, 0o777)
    const path = join(directory.path, 'a/b/app.db')
    await using running = runOn(path)
    const url = await running.printed(/running at (\S+)/)
    expect((await fetch(`${url}/ready`)).status).toBe(200)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(directory.path, 'a/b'))).mode & 0o777).toBe(0o700)
  })
})

/** Whether this machine lets a command have namespaces of its own. */
function canRun([command = '', ...args]: string[]): boolean {
  return isLinux && spawnSync(command, [...args, 'true']).status === 0
}

/** Everything that is on the disk of the machine can only be read, but for one folder. */
function readOnlyBut(folder: string): string[] {
  const mounts = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"'
  return ['unshare', '--mount', 'sh', '-c', mounts, folder]
}

describe.runIf(canRun(readOnlyBut('/tmp')))('on a file system that can only be read', () => {
  it('it works with a folder for the database, and writes nothing else', async () => {
    await using directory = await temporaryDirectory()
    await using running = runOn(join(directory.path, 'app.db'), readOnlyBut(directory.path))
    const url = await running.printed(/running at (\S+)/)
    const client = new YektaYarSocket({ url })
    await client.connect()
    await client.room('public:lobby').send('stored')
    await client.disconnect()
    running.child.kill('SIGTERM')
    expect((await running.exited)[0]).toBe(0)
    expect(await readdir(directory.path)).toContain('app.db')
  })

  it('it says so where the database is there as well', async () => {
    await using directory = await temporaryDirectory()
    await using other = await temporaryDirectory()
    await using running = runOn(join(directory.path, 'app.db'), readOnlyBut(other.path))
    expect((await running.exited)[0]).toBe(1)
    expect(running.output.text).toMatch(/^The database \S+ cannot be opened: .*cannot write.*\n$/)
  })
})

const namespace = ['unshare', '--pid', '--fork', '--kill-child']

describe.runIf(canRun(namespace))('as process 1, as in a container', () => {
  async function start(path: string) {
    const running = runOn(path, namespace)
    const outer = String(running.child.pid)
    for (;;) {
      const children = await readFile(`/proc/${outer}/task/${outer}/children`, 'utf8')
      if (children !== '') return { running, inner: Number(children) }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('it ends on %s', async (signal) => {
    const { running, inner } = await start(':memory:')
    await using _end = running
    await running.printed(/running at (\S+)/)
    process.kill(inner, signal)
    expect((await running.exited)[0]).toBe(0)
  })

  it('it ends on a SIGTERM that comes while it starts', async () => {
    const { running, inner } = await start(':memory:')
    await using _end = running
    // As often as it takes until one of them finds the process as far as its first line.
    const asking = setInterval(() => {
      try {
        process.kill(inner, 'SIGTERM')
      } catch {
        clearInterval(asking) // it has ended
      }
    }, 50)
    const [code] = await running.exited.finally(() => {
      clearInterval(asking)
    })
    expect(code).toBe(143)
    expect(running.output.text).not.toContain('running at')
  })
})
