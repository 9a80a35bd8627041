import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import { root } from '../lib/root.mjs'

const server = join(root, 'packages/server')
/** Inside of the package, so that its imports can be resolved. */
const folder = join(server, 'node_modules/.cache/yektayar')
const fileName = 'storeThread.mjs'
/** Never called: it shows Vitest which tests are related to files that only the thread imports. */
const relation = "export const related = () => import('./storeThread.ts')"

/**
 * Lets tests that run the sources start the thread of a store. Node cannot run TypeScript in a
 * thread, so Vitest's global set-up builds that file, and this plugin replaces its path.
 *
 * @returns {import('vite').Plugin}
 */
export function storeThread() {
  const url = JSON.stringify(pathToFileURL(join(folder, fileName)).href)
  return {
    name: 'store-thread',
    transform: (_code, id) =>
      id.endsWith('/server/src/store/sqlite/threadFile.ts')
        ? { code: `export const threadFile = new URL(${url})\n${relation}`, map: null }
        : undefined,
  }
}

/** Vitest's global set-up. */
export default () => buildStoreThread()

/**
 * Builds the file of the thread.
 *
 * @param banner what the file begins with
 */
export async function buildStoreThread({ banner = '' } = {}) {
  await build({
    configFile: false,
    logLevel: 'error',
    root: server,
    resolve: {
      alias: [
        {
          find: /^@yektayar\/protocol$/,
          replacement: join(root, 'packages/protocol/src/index.ts'),
        },
        {
          find: /^@yektayar\/protocol\/rules$/,
          replacement: join(root, 'packages/protocol/src/rules.ts'),
        },
      ],
    },
    // Its some 200 files would cost every thread more time than everything else.
    ssr: { noExternal: ['kysely'] },
    build: {
      ssr: 'src/store/sqlite/storeThread.ts',
      target: 'node20',
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: fileName, banner } },
    },
  })
}
