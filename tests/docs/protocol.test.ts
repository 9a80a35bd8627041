import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isYektaYarError, YektaYarSocket } from '@yektayar/client'
import {
  clientErrorCodes,
  coreContract,
  isRetryable,
  isServerErrorCode,
  serverErrorCodes,
} from '@yektayar/protocol'
import type { ErrorCode } from '@yektayar/protocol'
import { Server } from 'socket.io'
import { describe, expect, it } from 'vitest'
import { documentAt, tableUnder } from './support/documents.js'

const document = documentAt('docs/PROTOCOL.md')
const codes = [...new Set<ErrorCode>([...serverErrorCodes, ...clientErrorCodes])].sort()

describe('the error codes', () => {
  const rows = tableUnder(document, 'Error codes')

  it('are all in docs/PROTOCOL.md, and no others', () => {
    expect(rows.map(([code]) => code)).toEqual(codes)
  })

  it('are shown as retryable where they are', () => {
    const shown = rows.map(([code, , retryable]) => [code, retryable])
    expect(shown).toEqual(codes.map((code) => [code, isRetryable(code) ? 'yes' : 'no']))
  })

  it('are shown with what the client makes of them', async () => {
    await using server = await startRefusingServer()
    const client = new YektaYarSocket({ url: server.url, token: 'any' })
    await client.connect()
    const shown = rows.filter(([code]) => isServerErrorCode(code))
    const made = []
    for (const [code] of shown) {
      const error: unknown = await client.call('echo', code ?? '').catch((cause: unknown) => cause)
      if (!isYektaYarError(error)) throw error
      made.push([error.code, error.mayHaveRun ? 'yes' : 'no'])
    }
    await client.disconnect()
    expect(shown.map(([code, , , mayHaveRun]) => [code, mayHaveRun])).toEqual(made)
    expect(made).toHaveLength(serverErrorCodes.length)
  })

  it('are all in the README of the client, and no others', () => {
    const cells = tableUnder(documentAt('packages/client-sdk/README.md'), 'Errors').map(
      ([cell = '']) => cell.replaceAll('`', '').split(', '),
    )
    expect(cells.flat().sort()).toEqual(codes)
  })
})

describe('the commands', () => {
  const names = Object.keys(coreContract.commands)
  const rows = tableUnder(document, 'Core commands')

  it('are all in docs/PROTOCOL.md with their reply events, and no others', () => {
    const declared = Object.entries(coreContract.commands)
    const shown = rows.map(([name, , reply]) => [name, reply])
    expect(shown).toEqual(declared.map(([name, it]) => [name, 'reply' in it ? it.reply : '–']))
  })

  it.each(names)('have an answer that fits: %s', async (name) => {
    const shown = document.blocks.find(({ heading }) => heading === name)
    expect(await coreContract.check('output', name, parse(shown?.code))).toMatchObject({ ok: true })
  })

  it('fail as shown', async () => {
    const shown = document.blocks.find(({ code }) => code.includes('"command": "nope"'))
    const failure = parse(shown?.code)
    expect(await coreContract.check('event', 'command:failed', failure)).toMatchObject({ ok: true })
  })

  it('are preceded by a welcome that fits', async () => {
    const shown = document.blocks.find(({ code }) => code.includes('Connected to YektaYar server'))
    const welcome = parse(shown?.code)
    expect(await coreContract.check('event', 'connected', welcome)).toMatchObject({ ok: true })
  })
})

function parse(code = ''): unknown {
  return JSON.parse(code)
}

/** A server that refuses each `echo` with the error code in its payload. */
async function startRefusingServer() {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const io = new Server(http)
  io.on('connection', (socket) => {
    socket.emit('connected', { message: 'Welcome', socketId: socket.id, isLoggedIn: false })
    socket.on('echo', (code: unknown, answer: (refusal: unknown) => void) => {
      answer({ ok: false, error: { code, message: 'No' } })
    })
  })
  const { port } = http.address() as AddressInfo // a TCP server has no path
  return { url: `http://127.0.0.1:${String(port)}`, [Symbol.asyncDispose]: () => io.close() }
}
