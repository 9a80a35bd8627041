import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { runProcess } from './runProcess.js'
import { temporaryDirectory } from './temporaryDirectory.js'

/** Below the ports that systems give to outgoing connections. */
const PORTS = { from: 20_000, to: 32_000 }

/** The command of nginx; `undefined` where there is none. */
export const nginx = findNginx()
if (!nginx) console.warn('! There is no nginx: what it does to connections is NOT tested.')

/** One server of nginx: what stands in its block, and how it listens. */
export interface NginxServer {
  /** Directives, such as a location. */
  readonly config: string
  /** What follows the address in `listen`. @default '' */
  readonly listen?: string
}

/** Starts nginx with one server, in a directory and on a port of its own. */
export function startNginx({ config, listen = '' }: NginxServer) {
  return startNginxWith(
    (address) => `server {
    listen ${address} ${listen};
    ${config}
  }`,
  )
}

/**
 * Starts nginx in a directory and on a port of its own.
 *
 * @param http what stands in its block `http`, by the address to listen on
 */
export async function startNginxWith(http: (address: string) => string) {
  const directory = await temporaryDirectory()
  const { path } = directory
  for (let tries = 0; ; tries++) {
    const port = randomInt(PORTS.from, PORTS.to)
    await writeFile(join(path, 'nginx.conf'), wholeConfig(path, http(`127.0.0.1:${String(port)}`)))
    const running = runProcess(nginx ?? 'nginx', ['-p', path, '-c', 'nginx.conf', '-e', 'stderr'], {
      env: { PATH: process.env.PATH },
    })
    const isUp = await Promise.race([
      listens(port).then(() => true),
      running.exited.then(() => false),
    ])
    if (isUp && running.child.exitCode === null) {
      return {
        port,
        host: `127.0.0.1:${String(port)}`,
        /** What nginx has logged. */
        log: () => running.output.text,
        async [Symbol.asyncDispose]() {
          await running[Symbol.asyncDispose]()
          await directory[Symbol.asyncDispose]()
        },
      }
    }
    await running[Symbol.asyncDispose]()
    if (tries === 3 || !running.output.text.includes('in use')) {
      await directory[Symbol.asyncDispose]()
      throw new Error(running.output.text)
    }
  }
}

function wholeConfig(path: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${path}/${name};`)
    .join('\n  ')
  return `daemon off;
master_process off;
pid ${path}/nginx.pid;
error_log stderr error;
events {}
http {
  access_log off;
  ${temporary}
  ${http}
}
`
}

/** Resolves once a port takes connections. */
async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function findNginx(): string | undefined {
  const command = process.env.NGINX_PATH ?? 'nginx'
  try {
    execFileSync(command, ['-v'], { stdio: 'ignore', timeout: 20_000 })
    return command
  } catch {
    return undefined
  }
}
