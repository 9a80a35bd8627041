import { Linter } from 'eslint'
import { describe, expect, it } from 'vitest'
import tseslint from 'typescript-eslint'
import { privateNames } from '../../scripts/lint/privateNames.mjs'

const parser = { files: ['**/*.ts'], languageOptions: { parser: tseslint.parser as Linter.Parser } }

const violations = [
  'const tcp = webSocket._socket',
  "const tcp = webSocket['_socket']",
  'const { _receiver: receiver } = webSocket',
  'const { writeBuffer } = conn',
  'type Insides = { readonly closeTimeout?: number }',
  "const timer = Reflect.get(conn, 'pingTimeoutTimer')",
  'const waiting = connection._acks',
  'conn.transport.writable = false',
  "conn.transport['writable'] = false",
  'const isFree = transport.writable',
  'const { res } = conn.transport',
  'const { socket } = transport',
  'const { transport: { writable } } = conn',
  "transport.emit('ready')",
  'const known = io.engine.clients',
  'const decoder = client.decoder',
]

const allowed = [
  'const { name } = connection',
  'const isPolling = conn.transport.name === "polling"',
  'const { transport } = conn',
  'const decoder = decoderOf(connection)',
  'app.use((_request, reply) => reply)',
  'transport[LAST_TURN] = turn',
  'tcp.writable',
  'const { clientsCount } = io.engine',
]

describe('private names of other libraries', () => {
  it.each(violations)('are refused: %s', (code) => {
    expect(problems(code, 'guards/planted.ts')).toBeGreaterThan(0)
  })

  it.each(violations)('may stand in engineInternals.ts: %s', (code) => {
    expect(problems(code, 'socketio/engineInternals.ts')).toBe(0)
  })

  it.each(allowed)('are none of these: %s', (code) => {
    expect(problems(code, 'guards/planted.ts')).toBe(0)
  })
})

/** The number of lint problems for code in a file of the server. */
function problems(code: string, file: string): number {
  const filename = `packages/server/src/${file}`
  return new Linter().verify(code, [parser, privateNames], { filename }).length
}
