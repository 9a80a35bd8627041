import cluster from 'node:cluster'
import { createServer } from '@yektayar/server'

/** Workers that share a port, each connection going to the next one; `workers database` are given. */
const [workers, databasePath] = process.argv.slice(2)

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_RR // on Windows, too
  let listening = 0
  cluster.on('listening', ({ process: { pid } }, { port }) => {
    listening++
    console.log(`worker ${String(pid)}`)
    if (listening === Number(workers)) console.log(`listening at http://127.0.0.1:${String(port)}`)
  })
  cluster.on('exit', (_worker, code) => {
    if (code) process.exit(1) // it has failed, and was not killed
  })
  for (let count = 0; count < Number(workers); count++) cluster.fork()
} else {
  const server = await createServer({
    port: 0, // the same one in all workers
    host: '127.0.0.1',
    databaseUrl: `sqlite:${databasePath}`,
    logLevel: 'warn',
    authenticate: ({ username }) => username ?? null,
  })
  await server.listen()
}
