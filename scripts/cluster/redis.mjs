import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from '../lib/root.mjs'
import { spawnTied } from './spawnTied.mjs'

const SERVER = join(root, 'packages/server/bin/yektayar-server.js')

/**
 * Starts a Redis for the nodes, if it is installed and the server uses one. It keeps nothing on the
 * disk. Returns its address, and `undefined` without one.
 *
 * @param cwd its working directory
 */
export async function startRedis(cwd) {
  if (!isInstalled() || !serverUsesRedis()) return undefined
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawnTied('redis-server', args, { cwd, env: { PATH: process.env.PATH } })
  const isUp = new Promise((resolve) => {
    child.stdout.on('data', (chunk) => {
      if (String(chunk).includes('Ready to accept connections')) resolve(true)
    })
    child.once('exit', () => resolve(false))
  })
  if (!(await isUp)) return undefined
  return {
    url: `redis://127.0.0.1:${String(port)}`,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

function isInstalled() {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore', timeout: 20_000 })
    return true
  } catch {
    return false
  }
}

function serverUsesRedis() {
  return execFileSync(process.execPath, [SERVER, '--help'], { encoding: 'utf8' }).includes(
    '  REDIS_URL ',
  )
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
