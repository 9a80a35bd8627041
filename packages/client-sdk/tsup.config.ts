import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  dts: true,
  splitting: false,
  clean: true,
  target: 'es2022',
  // Inlined, so that its constants arrive without the schema library that it depends on.
  noExternal: ['@yektayar/protocol'],
})
