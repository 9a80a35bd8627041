import { defineConfig } from 'tsup'

// Every module is an entry of its own, so that a bundler can drop the ones with schemas in them.
export default defineConfig({
  entry: ['src/*.ts', '!src/answer.ts', '!src/derive.ts'],
  format: ['esm', 'cjs'],
  dts: { entry: ['src/index.ts', 'src/rules.ts'], compilerOptions: { incremental: false } },
  splitting: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
})
