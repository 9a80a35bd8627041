import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/texts.ts'],
  format: ['esm', 'cjs'],
  dts: { compilerOptions: { incremental: false } },
  // Modules that are imported on demand get their own file.
  splitting: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
  // Inlined, so that the bundle has its constants without its schema library.
  noExternal: ['@yektayar/protocol'],
})
