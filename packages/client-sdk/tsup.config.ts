import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  dts: { compilerOptions: { incremental: false } },
  // What is imported only when it is needed gets a file of its own.
  splitting: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
  // Inlined, so that its constants arrive without the schema library that it depends on.
  noExternal: ['@yektayar/protocol'],
})
