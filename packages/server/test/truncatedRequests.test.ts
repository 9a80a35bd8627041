import { createConnection } from 'node:net'
import { describe, expect, it } from 'vitest'
import { hasIpv6, twoAddresses } from './support/localhost.js'
import { startServer } from './support/server.js'

const line = 'POST /api/session/acquire HTTP/1.1\r\n'
const head = `${line}Host: x\r\nContent-Type: application/json\r\n`
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`

const cuts: [where: string, bytes: string][] = [
  ['in the method', 'PO'],
  ['in the address', 'POST /api/sess'],
  ['after the first line', line],
  ['in the headers', `${line}Host: x\r\nContent-Ty`],
  ['between headers and body', `${head}Content-Length: 2\r\n\r\n`],
  ['in the body', `${head}Content-Length: 15\r\n\r\n{"meta`],
  ['in the size of a chunk', `${chunked}f`],
  ['in a chunk', `${chunked}f\r\n{"meta`],
  ['between chunks', `${chunked}2\r\n{}\r\n`],
  ['before the last line', `${chunked}2\r\n{}\r\n0\r\n`],
]

/** Both addresses of `localhost`. Fastify serves each with its own HTTP server. */
const hosts = ['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])]

/** Sends bytes, ends the sending half, and resolves with the server's answer. */
function sayAndClose(port: number, host: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket = createConnection({ port, host, allowHalfOpen: true })
    socket.on('data', (chunk) => (said += String(chunk)))
    socket.on('error', () => undefined) // a reset counts as a close
    socket.on('close', () => {
      resolve(said)
    })
    socket.on('end', () => socket.end())
    socket.end(bytes)
  })
}

describe('a request that is cut', () => {
  it.each(cuts)('%s gets no answer that a client could take for final', async (_where, bytes) => {
    using _addresses = twoAddresses()
    await using context = await startServer({ host: 'localhost' })
    const port = Number(new URL(context.url).port)
    for (const host of hosts) {
      expect(await sayAndClose(port, host, bytes)).toBe('')
    }
  })

  it('by a reset does no harm', async () => {
    await using context = await startServer()
    const { hostname, port } = new URL(context.url)
    for (const [, bytes] of cuts) {
      const socket = createConnection({ port: Number(port), host: hostname })
      socket.on('error', () => undefined)
      await new Promise((resolve) => socket.write(bytes, resolve))
      socket.resetAndDestroy()
    }
    expect((await fetch(`${context.url}/health`)).status).toBe(200)
  })
})

it('a request that does not arrive in time is answered as retryable', async () => {
  const limits = { headersTimeoutMs: 100, requestTimeoutMs: 100 }
  await using context = await startServer({ limits })
  const { hostname, port } = new URL(context.url)
  const said = await new Promise<string>((resolve) => {
    let text = ''
    const socket = createConnection({ port: Number(port), host: hostname })
    socket.on('data', (chunk) => (text += String(chunk)))
    socket.on('close', () => {
      resolve(text)
    })
    socket.write(`${head}Content-Length: 15\r\n\r\n{"meta`)
  })
  expect(said).toMatch(/^HTTP\/1\.1 408 /)
  expect(JSON.parse(said.slice(said.indexOf('{')))).toMatchObject({
    error: { code: 'handler_timeout', retryable: true },
  })
})

it('bytes that are not HTTP are answered with 400 invalid_input on every address of the server', async () => {
  using _addresses = twoAddresses()
  await using context = await startServer({ host: 'localhost' })
  const port = Number(new URL(context.url).port)
  for (const host of hosts) {
    expect(await sayAndClose(port, host, 'garbage\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 .*"code":"invalid_input"/s,
    )
  }
})

it('a body that is shorter than it says is answered as retryable where it can be', async () => {
  await using context = await startServer()
  const answer = await context.server.app.inject({
    method: 'POST',
    url: '/api/session/acquire',
    headers: { 'content-type': 'application/json', 'content-length': '15' },
    payload: '{}',
  })
  expect(answer.json()).toMatchObject({ error: { code: 'handler_timeout', retryable: true } })
})
