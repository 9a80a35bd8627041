import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { LoggerOptions } from 'pino'

/** A log line. Each test reads only the fields that it needs. */
type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string }

/** A Fastify app whose log is an array, at level `trace` unless the options say another one. */
export async function startLoggingApp(
  register: (app: FastifyInstance) => Promise<unknown>,
  options: Pick<LoggerOptions, 'level' | 'onChild'> = {},
) {
  const lines: LogLine[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as LogLine)
      done()
    },
  })
  const app = Fastify({ logger: { level: 'trace', stream, ...options } })
  await register(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${String(port)}`,
    lines,
    find: (text: string) => lines.filter(({ msg }) => msg === text),
    app,
    [Symbol.asyncDispose]: () => app.close(),
  }
}
