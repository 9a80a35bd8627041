import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/pinia.ts', 'src/texts.ts'],
  format: 'esm',
  dts: { compilerOptions: { incremental: false } },
  splitting: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
})
