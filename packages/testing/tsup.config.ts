import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/fake.ts'],
  format: 'esm',
  dts: true,
  splitting: true,
  sourcemap: true,
  clean: true,
  target: 'node20',
})
