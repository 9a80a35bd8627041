// A server in its own process. Each line on stdin, `<id> <question>`, is answered with a line on
// stdout, `<id> <JSON>`.
import { createInterface } from 'node:readline'
import { createServer } from '@yektayar/server'

const server = await createServer({
  port: 0,
  host: '127.0.0.1',
  databaseUrl: 'sqlite::memory:',
  environment: 'production',
  corsOrigins: ['https://app.example.org'],
  logLevel: 'silent',
  authenticate: () => null,
  limits: JSON.parse(process.argv[2]),
})
console.log(`listens at ${await server.listen()}`)

const answers = {
  token: async () => (await server.sessions.acquire()).token,
  state: async () => {
    globalThis.gc()
    const { heapUsed, external } = process.memoryUsage()
    const { io, app } = server
    return {
      bytes: heapUsed + external,
      open: {
        tcp: await new Promise((resolve) => {
          app.server.getConnections((_error, count) => resolve(count))
        }),
        transports: io.engine.clientsCount,
        connections: io.sockets.sockets.size,
      },
      listeners: [process, app.server, io.engine, io.sockets].map((emitter) =>
        emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0),
      ),
    }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const [id, question] = line.split(' ')
  console.log(id, JSON.stringify(await answers[question]()))
}
process.exit() // the parent process has closed stdin
