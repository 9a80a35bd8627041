import pino from 'pino'
import type { YektaYarServer } from '../../src/index.js'

/** What a server logs from now on, as one text; its level must be set when it starts. */
export function captureLog({ app }: Pick<YektaYarServer, 'app'>) {
  const lines: string[] = []
  const log: object = app.log // the server makes it with pino
  const stream = { write: (line: string) => lines.push(line) }
  Reflect.set(log, pino.symbols.streamSym, stream) // children that are made later inherit it
  return { text: () => lines.join('') }
}
