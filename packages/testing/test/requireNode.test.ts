import { afterEach, expect, it } from 'vitest'
import { startTestServer } from '../src/index.js'

const globals = globalThis as Record<string, unknown>
const kept = { setImmediate: globals.setImmediate, TextDecoder: globals.TextDecoder }

afterEach(() => {
  Object.assign(globals, kept)
})

it('refuses an environment without what the server needs, and says what to do', async () => {
  for (const name of Object.keys(kept)) Reflect.deleteProperty(globals, name)
  const starting = startTestServer()
  await expect(starting).rejects.toThrow(
    'startTestServer() needs Node.js, but this test environment has no setImmediate, no TextDecoder: run the test in the environment node, in Jest by a comment with @jest-environment node at the top of the file.',
  )
})
