import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { OptionError } from '../src/shared/optionError.js'
import { openDatabase } from '../src/store/sqlite/openDatabase.js'
import { openingFailure } from '../src/store/sqlite/openingFailure.js'
import { temporaryDirectory } from './support/server.js'
import { describeSqlite } from './support/sqliteOnly.js'

const notADatabase = Object.assign(new Error('file is not a database'), { code: 'SQLITE_NOTADB' })
const locked = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
/** Root may write everywhere. */
const isRoot = process.getuid?.() === 0

/** A folder with a file in it. */
async function startFolder() {
  const directory = await temporaryDirectory()
  const file = join(directory.path, 'notes.db')
  await writeFile(file, 'no database')
  return Object.assign(directory, { file })
}

/** What is said of a file that could not be opened. */
function saidOf(path: string, cause: unknown): unknown {
  return openingFailure(`sqlite:${path}`, cause)
}

describeSqlite('the error for a file that cannot be opened', () => {
  it('names a folder that is none, or cannot be made', async () => {
    await using place = await startFolder()
    const inFile = join(place.file, 'a.db')
    expect(saidOf(inFile, new Error('x'))).toEqual(
      new OptionError(`The database ${inFile} cannot be opened: ${place.file} is not a folder`),
    )
    const inNothing = join(place.path, 'nothing', 'a.db')
    const cause = Object.assign(new Error('x'), { code: 'EROFS' })
    expect(saidOf(inNothing, cause)).toEqual(
      new OptionError(
        `The database ${inNothing} cannot be opened: its folder cannot be created (EROFS)`,
      ),
    )
  })

  it('says that there is a folder in its place', async () => {
    await using place = await startFolder()
    const folder = join(place.path, 'folder.db')
    await mkdir(folder)
    expect(saidOf(folder, new Error('x'))).toMatchObject({
      code: 'invalid_options',
      message: `The database ${folder} cannot be opened: it is a folder`,
    })
  })

  it('leaves a folder in its place as it is', async () => {
    await using place = await startFolder()
    const folder = join(place.path, 'folder.db')
    await mkdir(folder)
    await chmod(folder, 0o755)
    await expect(openDatabase(`sqlite:${folder}`, 100)).rejects.toThrow()
    expect((await stat(folder)).mode & 0o777).toBe(0o755)
  })

  it('says that it is no database, or what SQLite has said', async () => {
    await using place = await startFolder()
    expect(saidOf(place.file, notADatabase)).toMatchObject({
      code: 'invalid_options',
      message: expect.stringMatching(/cannot be opened: it is not an SQLite database$/) as string,
      cause: notADatabase,
    })
    const other = saidOf(place.file, locked)
    expect(other).not.toBeInstanceOf(OptionError)
    expect(other).toMatchObject({
      message: expect.stringMatching(/cannot be opened: database is locked$/) as string,
      cause: locked,
    })
    expect(String(saidOf(place.file, 'text'))).toMatch(/cannot be opened: text$/)
  })

  it.skipIf(isRoot)('says that it may not be written', async () => {
    await using place = await startFolder()
    await chmod(place.file, 0o400)
    expect(String(saidOf(place.file, locked))).toMatch(/this user cannot read and write it$/)
  })

  it('is passed on where no file is named, or it says enough', () => {
    expect(openingFailure('sqlite::memory:', locked)).toBe(locked)
    expect(openingFailure('sqlite:file:notes.db?mode=ro', locked)).toBe(locked)
    const said = new OptionError('written by a newer version')
    expect(openingFailure('sqlite:notes.db', said)).toBe(said)
  })
})
