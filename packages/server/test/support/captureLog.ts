import pino from 'pino'
import type { YektaYarServer } from '../../src/index.js'

/** Captures what a server logs from now on. Its log level must have been set at its start. */
export function captureLog({ app }: Pick<YektaYarServer, 'app'>) {
  const lines: string[] = []
  const log: object = app.log // a pino logger, made by the server
  const stream = { write: (line: string) => lines.push(line) }
  Reflect.set(log, pino.symbols.streamSym, stream) // child loggers made later inherit it
  return { text: () => lines.join('') }
}
