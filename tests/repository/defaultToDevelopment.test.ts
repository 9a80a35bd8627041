import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { defaultToDevelopment } from '../../scripts/lib/defaultToDevelopment.mjs'
import { temporaryDirectory } from '../support/temporaryDirectory.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

/**
 * The NODE_ENV that `npm start` sets next to this `.env` file; `undefined` leaves the choice to the
 * server.
 */
async function environmentBeside(file: string | Uint8Array): Promise<string | undefined> {
  await using directory = await temporaryDirectory()
  await writeFile(join(directory.path, '.env'), file)
  vi.stubEnv('NODE_ENV', undefined)
  defaultToDevelopment(directory.path)
  return process.env.NODE_ENV
}

it.each([
  ['with a byte order mark', '\uFEFFNODE_ENV=production'],
  ['with spaces, quotes and export', 'PORT=1\r\n export NODE_ENV = "production"\r\n'],
  ['in UTF-16', Buffer.from('\uFEFFNODE_ENV=production\r\n', 'utf16le')],
])('npm start keeps the NODE_ENV of a .env %s', async (_what, file) => {
  expect(await environmentBeside(file)).toBeUndefined()
})

it.each(['', 'PORT=1', '# NODE_ENV=production', 'NODE_ENV=\nPORT=1', 'MY_NODE_ENV=test'])(
  'npm start runs in development beside %j',
  async (file) => {
    expect(await environmentBeside(file)).toBe('development')
  },
)
