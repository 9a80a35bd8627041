import cluster from 'node:cluster'
import { createServer } from '@yektayar/server'

/** Workers that share a port, each connection going to the next one; `workers database` are given. */
const [workers, databasePath] = process.argv.slice(2)

if (cluster.isPrimary) {
  let listening = 0
  cluster.on('listening', (_worker, { port }) => {
    listening++
    if (listening === Number(workers)) console.log(`listening at http://127.0.0.1:${String(port)}`)
  })
  cluster.on('exit', (_worker, code) => {
    if (code !== 0) process.exit(1)
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
