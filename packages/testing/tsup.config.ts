import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/fake.ts'],
  format: 'esm',
  dts: { compilerOptions: { incremental: false } },
  splitting: true,
  sourcemap: true,
  clean: true,
  target: 'node20',
})
