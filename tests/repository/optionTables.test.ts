import { describe, expect, it } from 'vitest'
import { documentAt, tableUnder } from '../docs/support/documents.js'
import { membersOf } from './support/declarations.js'
import type { Member } from './support/declarations.js'

const server = 'packages/server/src'
const client = 'packages/client-sdk/src'
const vue = 'packages/vue/src'

/** A default that a table repeats literally: a number, boolean, quoted text or list. */
const LITERAL = /^(?:[\d_]+|true|false|'[^']*'|\[.*\])$/

/** Tables of options: document, heading, the types, and options that none of these types has. */
const tables: [path: string, heading: string, types: [string, string][], others?: string[]][] = [
  [
    'docs/SERVER.md',
    'createServer',
    [
      [`${server}/app/options.ts`, 'BaseOptions'],
      [`${server}/app/options.ts`, 'RoomOptions'],
      [`${server}/shared/originPolicy.ts`, 'OriginPolicyOptions'],
      [`${server}/app/createServer.ts`, 'ServerOptions'],
    ],
    ['contract', 'commands'],
  ],
  [
    'docs/SERVER.md',
    'The server in code',
    [
      [`${server}/app/createServer.ts`, 'YektaYarServer'],
      [`${server}/app/yektaYar.ts`, 'YektaYar'],
      [`${server}/once/publisher.ts`, 'Publisher'],
      [`${server}/context/appContext.ts`, 'AppServices'],
    ],
  ],
  [
    'docs/COMMANDS.md',
    'Handlers',
    [
      [`${server}/context/appContext.ts`, 'AppServices'],
      [`${server}/context/appContext.ts`, 'AppContext'],
      [`${server}/commands/commandContext.ts`, 'CommandContext'],
      [`${server}/commands/commandContext.ts`, 'OnceContext'],
    ],
  ],
  ['docs/COMMANDS.md', 'Calls', [[`${client}/shared/options.ts`, 'CallOptions']]],
  [
    'packages/client-sdk/README.md',
    'Options',
    [[`${client}/shared/options.ts`, 'YektaYarSocketOptions']],
  ],
  ['docs/VUE.md', 'useSocket', [[`${vue}/useSocket.ts`, 'UseSocketReturn']]],
  ['docs/VUE.md', 'useCommand', [[`${vue}/useCommand.ts`, 'UseCommandReturn']]],
  ['docs/VUE.md', 'useSession', [[`${vue}/useSession.ts`, 'UseSessionReturn']]],
  ['docs/VUE.md', 'useRoom', [[`${vue}/useRoom.ts`, 'UseRoomReturn']]],
  ['docs/VUE.md', 'useOutbox', [[`${vue}/useOutbox.ts`, 'UseOutboxReturn']]],
]

/** The rows of a table as one entry per name, each with its own default. */
function rowsOf(path: string, heading: string): { name: string; fallback: string }[] {
  return tableUnder(documentAt(path), heading).flatMap(([cell = '', defaults = '']) => {
    const names = cell.replaceAll('`', '').split(/, (?![^(]*\))/)
    const values = names.length > 1 ? defaults.split(', ') : [defaults]
    return names.map((name, at) => ({
      name: /^\w+/.exec(name)?.[0] ?? name,
      fallback: values[at] ?? defaults,
    }))
  })
}

/** A default without quotes, backticks and thousands separators. */
function plain(text: string): string {
  return text.replaceAll(/[`']/g, '').replaceAll(/(?<=\d)[ _](?=\d)/g, '')
}

describe.each(tables)('the table of %s under %s', (path, heading, types, others = []) => {
  const members = types.flatMap(([file, name]): Member[] => membersOf(file, name))
  const rows = rowsOf(path, heading)

  it('has every member, each once, and no other', () => {
    const names = [...members.map(({ name }) => name), ...others]
    expect(rows.map(({ name }) => name).sort()).toEqual(names.sort())
  })

  it('shows the defaults of the type', () => {
    for (const { name, fallback } of members) {
      if (fallback === undefined || !LITERAL.test(fallback)) continue
      const shown = rows.find((row) => row.name === name)?.fallback ?? ''
      expect(plain(shown), name).toContain(plain(fallback))
    }
  })
})
