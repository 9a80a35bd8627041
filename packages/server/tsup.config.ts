import { readFileSync, rmSync } from 'node:fs'
import { defineConfig } from 'tsup'
import type { Options } from 'tsup'

const kyselyLicense = readFileSync('node_modules/kysely/LICENSE', 'utf8')

/** One character beyond Latin-1 doubles what the whole text of a file takes in memory. */
function useAscii(options: Parameters<NonNullable<Options['esbuildOptions']>>[0]): void {
  options.charset = 'ascii'
}

const common: Options = {
  format: 'esm',
  splitting: true,
  sourcemap: true,
  target: 'node20',
  esbuildOptions: useAscii,
}

/**
 * Kysely and the contract become part of the output. As modules of their own, they are hundreds of
 * files, which took a third of the time of a start: once in the process, and again in the thread.
 * No code of an app runs with these, so that none can tell which copy of Kysely they use.
 */
const alone: Options = {
  ...common,
  banner: { js: `/*!\nMay contain Kysely.\n\n${kyselyLicense}*/` },
  esbuildOptions(options) {
    useAscii(options)
    options.logOverride = { 'ignored-bare-import': 'silent' } // of chunks without side effects
  },
}

const contained = ['kysely', /^@yektayar\/protocol/]

export default defineConfig(({ watch }) => {
  if (!watch) rmSync('dist', { recursive: true, force: true }) // once, before any of the three writes
  const noExternal = watch ? [] : contained // a change of the contract has to reach what runs
  return [
    {
      ...common,
      entry: { index: 'src/index.ts' },
      dts: {
        entry: { index: 'src/index.ts', 'standalone/cli': 'src/standalone/cli.ts' },
        compilerOptions: { incremental: false },
      },
    },
    {
      ...alone,
      noExternal,
      entry: {
        'standalone/cli': 'src/standalone/cli.ts',
        'standalone/command': 'src/standalone/command.ts',
      },
    },
    {
      ...alone,
      noExternal,
      // The chunk that starts the store's thread expects the thread's file beside it, at the root.
      entry: { storeThread: 'src/store/sqlite/storeThread.ts' },
      splitting: false, // it would share what needs schemas, which the thread does not
    },
  ]
})
