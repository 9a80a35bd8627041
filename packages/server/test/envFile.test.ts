import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadEnvFile, parseEnvFile } from '../src/standalone/envFile.js'
import { temporaryDirectory } from './support/server.js'

/** The variables that a file with this text sets. */
function parsed(text: string): Record<string, string> {
  return Object.fromEntries(parseEnvFile(text))
}

describe('a .env file', () => {
  it.each<[what: string, text: string, values: Record<string, string>]>([
    ['a byte order mark', '\uFEFFPORT=1\nHOST=a', { PORT: '1', HOST: 'a' }],
    ['a byte order mark before a comment', '\uFEFF# mine\nPORT=1', { PORT: '1' }],
    ['lines of Windows', 'PORT=1\r\nHOST=a\r\n', { PORT: '1', HOST: 'a' }],
    ['lines of old Macs', 'PORT=1\rHOST=a', { PORT: '1', HOST: 'a' }],
    ['spaces around =', '  PORT = 1  \nHOST =a', { PORT: '1', HOST: 'a' }],
    ['tabs and export', '\texport\tPORT=1\nexport HOST = a', { PORT: '1', HOST: 'a' }],
    ['a name that begins with export', 'exported=1', { exported: '1' }],
    ['quotes of each kind', 'A="a b"\nB=\'c d\'\nC=`e "f"`', { A: 'a b', B: 'c d', C: 'e "f"' }],
    ['quotes and a comment behind', 'A="a # b" # c\nB=\'\'#d', { A: 'a # b', B: '' }],
    ['escapes in double quotes', String.raw`A="1\n2 \"3\" \\ \d"`, { A: '1\n2 "3" \\ \\d' }],
    ['no escapes in single quotes', String.raw`A='1\n2'`, { A: String.raw`1\n2` }],
    ['a value of several lines', 'A="1\n2=3"\nB=4', { A: '1\n2=3', B: '4' }],
    ['a comment behind a value', 'PORT=1 # one\nHOST=a\t#b', { PORT: '1', HOST: 'a' }],
    ['a # inside of a value', 'A=pass#word\nB=#nothing', { A: 'pass#word', B: '' }],
    ['a value with =, quotes and spaces', "A=b=c\nB=it's here", { A: 'b=c', B: "it's here" }],
    ['empty values and lines', '\n \nA=\nB= \n\n', { A: '', B: '' }],
    ['a name twice', 'A=1\nA=2', { A: '2' }],
    ['nothing', '', {}],
  ])('may have %s', (_what, text, values) => {
    expect(parsed(text)).toEqual(values)
  })

  it.each([
    ['# ok\n\nPORT 3000\nHOST=a', 'Line 3 of .env is not NAME=value'],
    ['PORT: 3000', 'Line 1 of .env is not NAME=value'],
    ['1A=b', 'Line 1 of .env is not NAME=value'],
    ['A=1\nB="unclosed\nC=2', 'Line 2 of .env has quotes around B that do not end its value'],
    ["A='1' 2", 'Line 1 of .env has quotes around A that do not end its value'],
  ])('is refused by line, without its text: %j', (text, message) => {
    expect(() => parseEnvFile(text)).toThrow(
      expect.objectContaining({ code: 'invalid_options', message }),
    )
  })
})

describe('a .env file on disk', () => {
  async function loaded(content: string | Uint8Array, environment = {}) {
    await using directory = await temporaryDirectory()
    const path = join(directory.path, '.env')
    await writeFile(path, content)
    loadEnvFile(path, environment)
    return environment
  }

  it('sets missing environment variables and overrides none, not even an empty one', async () => {
    const given = { HOST: 'mine', CORS_ORIGIN: '' }
    expect(await loaded('PORT=1\nHOST=a\nCORS_ORIGIN=*', given)).toEqual({ ...given, PORT: '1' })
  })

  it.each(['utf16le', 'utf16be'])('may be in %s, as PowerShell writes it', async (encoding) => {
    const bytes = Buffer.from('\uFEFFPORT=1\r\n', 'utf16le')
    expect(await loaded(encoding === 'utf16le' ? bytes : bytes.swap16())).toEqual({ PORT: '1' })
  })

  it('need not exist', async () => {
    await using directory = await temporaryDirectory()
    const environment = {}
    loadEnvFile(join(directory.path, 'missing'), environment)
    expect(environment).toEqual({})
  })

  it('is refused where it is a folder, as a missing mount makes one', async () => {
    await using directory = await temporaryDirectory()
    const path = join(directory.path, '.env')
    await mkdir(path)
    expect(() => {
      loadEnvFile(path, {})
    }).toThrow(`${path} cannot be read (EISDIR)`)
  })

  it('is refused in another encoding, whose letters would be wrong', async () => {
    await expect(loaded(Buffer.from('DOCS_PASSWORD=fönster99', 'latin1'))).rejects.toThrow(
      'is not in UTF-8',
    )
  })
})
