import { expect, it } from 'vitest'
import { guide } from '../guide/guide.js'
import { typeCheck } from './support/typeCheck.js'

const typedSocket = `
import type { Socket as PlainSocket } from 'socket.io-client'
import type { ClientToServerEvents, ServerToClientEvents } from '@yektayar/protocol'
type Socket = PlainSocket<ServerToClientEvents, ClientToServerEvents>
`
const importedIo = "import { io } from 'socket.io-client'\n"

/** Adds the declarations that a snippet assumes. Its socket always has the contract's type. */
function complete(code: string): string {
  if (code.includes('io.use(')) {
    return `import type { Server } from 'socket.io'
declare const io: Server
declare function validateSessionToken(
  token: string,
): Promise<{ token: string; userId: string | null; isLoggedIn: boolean } | null>
${code}`
  }
  const typed = code
    .replace('import { io, Socket }', 'import { io }')
    .replace('const socket = io(', 'const socket: Socket = io(')
  const isImported = typed.includes(importedIo.trim()) || typed.includes('require(')
  if (typed.includes('io(')) return `${typedSocket}${isImported ? '' : importedIo}${typed}`
  return `${typedSocket}declare const socket: Socket\n${typed}`
}

const scripts = guide.all.filter(({ language }) => language.endsWith('script'))

it('types every script of the guide with a plain socket of our contract', () => {
  expect(scripts).toHaveLength(17)
  const modules = scripts.map(
    ({ code }, index) => [`guide${String(index)}.ts`, complete(code)] as const,
  )
  expect(typeCheck(new Map(modules))).toEqual([])
})

it.each([
  ['an unknown command', "socket.emit('ping')", "socket.emit('pong')"],
  ['a payload where there is none', "socket.emit('status')", "socket.emit('status', 1)"],
  ['a reply that does not exist', "socket.on('info_response'", "socket.on('info_answer'"],
  ['a misspelt field', 'console.log(data)', 'console.log(data.timestmp)'],
])('finds %s in them', (_what, right, wrong) => {
  const snippet = scripts.find(({ code }) => code.includes(right))
  expect(
    typeCheck(new Map([['wrong.ts', complete(snippet?.code.replace(right, wrong) ?? '')]])),
  ).not.toEqual([])
})
