import { readFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { vi } from 'vitest'

/** A private name of a library: its label in the log, and the library files that use it. */
export interface LibraryName {
  readonly label: string
  /** For each file, a pattern for the end of its path, and one for the name to rename. */
  readonly places: readonly (readonly [path: RegExp, name: RegExp])[]
}

/** Node's CommonJS loader, which has no types. */
interface Loader {
  _extensions: Record<'.js', (module: LoadedModule, path: string) => void>
}
interface LoadedModule {
  _compile(source: string, path: string): void
}

const LIBRARIES = /\/node_modules\/(?:ws|engine\.io|socket\.io|socket\.io-adapter)\//

/** Those that the server imports itself. */
const IMPORTED = ['socket.io', 'socket.io-adapter', 'ws']

const require = createRequire(import.meta.url)

/**
 * Renames a private name in Socket.IO, Engine.IO and `ws`, as if a new version had done so. Modules
 * imported within the scope are loaded again.
 */
export function renameIn({ places }: LibraryName): Disposable {
  const loader = Module as unknown as Loader
  const load = loader._extensions['.js']
  let renamed = 0
  loader._extensions['.js'] = (module, path) => {
    if (!LIBRARIES.test(path)) {
      load(module, path)
      return
    }
    let source = readFileSync(path, 'utf8')
    for (const [place, name] of places) {
      if (!place.test(path)) continue
      source = source.replace(name, (found) => {
        renamed++
        return `${found}Elsewhere`
      })
    }
    module._compile(source, path)
  }
  const before = takeLoaded()
  for (const library of IMPORTED) {
    const exported = { ...(require(library) as object) }
    vi.doMock(library, () => ({ ...exported, default: exported }))
  }
  vi.resetModules()
  loader._extensions['.js'] = load
  if (renamed === 0) throw new Error('The libraries do not have this name')
  return {
    [Symbol.dispose]() {
      takeLoaded()
      Object.assign(require.cache, before)
      for (const library of IMPORTED) vi.doUnmock(library)
      vi.resetModules()
    },
  }
}

/** Removes the loaded files of the libraries from Node's cache, and returns them. */
function takeLoaded(): NodeJS.Dict<NodeJS.Module> {
  const paths = Object.keys(require.cache).filter((path) => LIBRARIES.test(path))
  const taken = Object.fromEntries(paths.map((path) => [path, require.cache[path]]))
  for (const path of paths) Reflect.deleteProperty(require.cache, path)
  return taken
}
