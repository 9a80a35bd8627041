import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The store of the server's sources, which the package does not export, with what opening it needs. */
export async function buildStore(folder) {
  const server = join(root, 'packages/server')
  const name = 'store-entry'
  await build({
    root: server,
    logLevel: 'error',
    configFile: false,
    plugins: [
      {
        name,
        resolveId: (id) => (id === name ? `\0${name}` : null),
        load: (id) =>
          id === `\0${name}`
            ? ['store/openStore', 'shared/limits', 'shared/metrics']
                .map((file) => `export * from ${JSON.stringify(join(server, `src/${file}.ts`))}`)
                .join('\n')
            : null,
      },
    ],
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: {
        input: { store: name, storeThread: join(server, 'src/store/sqlite/storeThread.ts') },
        output: { entryFileNames: '[name].js' },
      },
    },
  })
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  // What the bundle imports is resolved as in the package.
  await symlink(join(server, 'node_modules'), join(folder, 'node_modules'))
  return import(pathToFileURL(join(folder, 'store.js')).href)
}
