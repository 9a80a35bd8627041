import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, isListening, nobody } from './ports.js'

const PGBOUNCER = process.env.PGBOUNCER_PATH ?? 'pgbouncer'

/** Whether the tests have PgBouncer. */
export const hasPgBouncer = ((): boolean => {
  try {
    execFileSync(PGBOUNCER, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** Starts PgBouncer before a database; ends at the end of the scope. */
export async function startPgBouncer(databaseUrl: string, settings: string) {
  const target = new URL(databaseUrl)
  const folder = await mkdtemp(join(tmpdir(), 'yektayar-pgbouncer-'))
  await chmod(folder, 0o755) // it runs as nobody
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  const database = [
    `host=${target.searchParams.get('host') ?? target.hostname}`,
    `port=${target.port || '5432'}`,
    `dbname=${target.pathname.slice(1)}`,
    `user=${target.username}`,
    target.password && `password=${target.password}`,
  ]
  await writeFile(
    file,
    `[databases]
app = ${database.filter(Boolean).join(' ')}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${String(port)}
unix_socket_dir =
auth_type = any
default_pool_size = 40
${settings}
`,
  )
  const child = spawn(PGBOUNCER, ['-q', file], { stdio: 'ignore', ...nobody })
  const exited = once(child, 'exit')
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error('PgBouncer did not start')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return {
    url: `postgres://${target.username}@127.0.0.1:${String(port)}/app`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
      await rm(folder, { recursive: true })
    },
  }
}
