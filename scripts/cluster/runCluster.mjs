import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { startPostgres } from '../../packages/testing/dist/index.js'
import { ClusterNode } from './clusterNode.mjs'
import { createControls } from './controls.mjs'
import { createProxy } from './proxy.mjs'
import { startRedis } from './redis.mjs'

const NODES = ['Node 1', 'Node 2', 'Node 3']
const HOST = '127.0.0.1'
const DEFAULT_PORT = 3000
/** The working directory of the nodes, which write nothing: one without the `.env` of the repository. */
const DIRECTORY = import.meta.dirname

/**
 * Runs three nodes on one PostgreSQL database, with a proxy and the demo app before them, until a
 * signal ends it.
 *
 * @param environment `PORT` of the proxy; `DATABASE_URL` of a database to use, without which there is
 * one that is thrown away; everything else is for the nodes
 * @throws {Error} if the port is taken, there is no PostgreSQL, or this is Windows
 */
export async function runCluster(environment) {
  if (process.platform === 'win32') {
    throw new Error('The cluster needs the signals and the shell of Linux or macOS, such as in WSL')
  }
  const ending = new AbortController()
  const signalled = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        ending.abort()
        resolve()
      })
    }
  })
  /** What ends each part that was started; the last one is ended first. */
  const ends = []
  const started = start({ environment, ends, ending: ending.signal })
  try {
    await Promise.race([started, signalled])
    await signalled
  } finally {
    await endAll(ends)
    await started.catch(() => {}) // it was thrown above, or the end has interrupted it
    await endAll(ends)
  }
}

async function endAll(ends) {
  while (ends.length > 0) await ends.pop()()
}

async function start({ environment, ends, ending }) {
  const database = await openDatabase(environment.DATABASE_URL)
  ends.push(database.close)
  ending.throwIfAborted()
  const redis = await startRedis(DIRECTORY)
  if (redis) ends.push(redis.close)
  ending.throwIfAborted()

  const metricsToken = randomBytes(16).toString('hex')
  const env = {
    ...environment,
    NODE_ENV: 'development',
    DEMO: 'on',
    HOST,
    PORT: '0',
    TRUST_PROXY: HOST,
    LOG_LEVEL: environment.LOG_LEVEL ?? 'warn',
    DATABASE_URL: database.url,
    METRICS_TOKEN: metricsToken,
    ...(redis && { REDIS_URL: redis.url }),
  }
  const nodes = NODES.map((name) => {
    const onLost = () => proxy.cut(node)
    const node = new ClusterNode(name, { cwd: DIRECTORY, env, metricsToken, onLost })
    return node
  })
  const about = { store: database.name, bus: redis ? 'Redis' : 'NOTIFY of PostgreSQL' }
  const controls = createControls({ nodes, about, windows: () => proxy.windows() })
  const proxy = createProxy({ nodes, answerItself: controls })
  await listen(proxy.server, Number(environment.PORT || DEFAULT_PORT))
  ends.push(proxy.close)
  ends.push(() => Promise.all(nodes.map((node) => node.end())))

  await Promise.all(nodes.map((node) => node.start()))
  ending.throwIfAborted()
  if (nodes.every(({ state }) => state === 'down')) throw new Error('No node could be started')
  const url = `http://localhost:${String(proxy.server.address().port)}`
  console.log(
    [
      `🚀 Three nodes, ${about.store} and ${about.bus}; end them with Ctrl-C`,
      `✨ Two windows, and buttons that kill a node: ${url}/cluster`,
      `✨ The demo alone: ${url}/`,
    ].join('\n'),
  )
}

/** The given database, or a new one that is thrown away at the end. */
async function openDatabase(url) {
  if (!url) {
    const postgres = await startPostgres()
    return { url: postgres.url, name: 'a PostgreSQL of their own', close: postgres.close }
  }
  if (!/^postgres(ql)?:/.test(url)) {
    throw new Error(
      'DATABASE_URL names no PostgreSQL, which the cluster needs; without it there is one of its own',
    )
  }
  return { url, name: 'the PostgreSQL of DATABASE_URL', close: () => {} }
}

async function listen(server, port) {
  server.listen(port, HOST)
  try {
    await once(server, 'listening')
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(
      `Port ${String(port)} is taken: choose another one, as in PORT=3100 npm run cluster`,
      { cause: error },
    )
  }
}
