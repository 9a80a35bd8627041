import { defineConfig } from 'tsup'

export default defineConfig({
  // The chunk that starts the store's thread expects the thread's file beside it, at the root.
  entry: {
    index: 'src/index.ts',
    'standalone/cli': 'src/standalone/cli.ts',
    'standalone/command': 'src/standalone/command.ts',
    storeThread: 'src/store/sqlite/storeThread.ts',
  },
  format: 'esm',
  dts: {
    // The chunk that starts the store's thread expects the thread's file beside it, at the root.
    entry: {
      index: 'src/index.ts',
      'standalone/cli': 'src/standalone/cli.ts',
      storeThread: 'src/store/sqlite/storeThread.ts',
    },
    compilerOptions: { incremental: false },
  },
  splitting: true,
  sourcemap: true,
  clean: true,
  target: 'node20',
})
