import { describe, expect, it } from 'vitest'
import { documents } from './support/documents.js'
import { modulesOf } from './support/modules.js'
import { startDocument } from './support/runDocument.js'

// README.md has its own tests, and documentsVue.test.ts runs the code that needs a page.
const runnable = documents
  .filter(({ path }) => path !== 'README.md')
  .map((document) => ({
    path: document.path,
    modules: modulesOf(document).filter(({ code }) => !/from '(@yektayar\/)?vue/.test(code)),
  }))
  .filter(({ modules }) => modules.length > 0)

/** For each document, the starts of the lines that its code must log, in order. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'docs/AUTHENTICATION.md': ['acquiring null', 'active 20'],
  'docs/COMMANDS.md': ['welcome', "{ received: 'hi'", 'Lobby', '1 is now Hall', 'invalid_input {'],
  'docs/CONNECTION.md': [
    ...['connecting', 'connected', 'idle'],
    'Connected: ',
    'Disconnected: io client disconnect',
  ],
  'docs/ERRORS.md': ['not_connected https://', 'You are not connected.', 'شما متصل نیستید.'],
  'docs/PROTOCOL.md': ["{ hello: 'server' }", '20'],
  'docs/ROOMS.md': ['1 session { text', 'stored as 1', "[ 'delivered' ]", "{ noted: 'calm' }"],
  'docs/SERVER.md': ['http://localhost:'],
  'docs/SESSION-QUICK-START.md': ['active 20', '{ timestamp: ', "{ message: 'Connected to"],
  'docs/SESSIONS.md': [
    ...['http://localhost:', 'active nobody', 'unauthorized', 'active user-sara', 'true true'],
    ...['Laptop 20', 'renewing user-sara', 'active nobody', 'first none before'],
  ],
  'docs/TESTING.md': [
    ...['connected', 'pong', 'status_response', 'info_response', 'echo_response'],
    'message_received { success: true',
    ...['passed: adds a note', 'passed: hears', 'passed: keeps a message', 'passed: gives up'],
  ],
  'packages/testing/README.md': [
    'passed: answers',
    'passed: saves a mood',
    'passed: saves a mood without a server',
    'passed: says',
    'passed: is answered',
    'passed: is one service',
  ],
  'packages/client-sdk/README.md': ["{ text: 'hello' }", 'idle'],
}

describe('the code of the documents', () => {
  it.each(runnable)('runs: $path', { timeout: 20_000 }, async ({ path, modules }) => {
    await using document = await startDocument()
    for (const module of modules) {
      await document.run(module).catch((cause: unknown) => {
        throw new Error(`${path}, ${module.name}: ${String(cause)}`, { cause })
      })
    }
    let from = 0
    for (const start of expected[path] ?? []) {
      const found = document.lines.findIndex((line, at) => at >= from && line.startsWith(start))
      expect(found, `“${start}” in ${document.lines.slice(from).join('\n')}`).not.toBe(-1)
      from = found + 1
    }
  })

  it('is known to this test wherever it is expected to say something', () => {
    const paths = runnable.map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(Object.keys(expected)))
  })
})
