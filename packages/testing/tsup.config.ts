import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/fake.ts'],
  format: 'esm',
  dts: true,
  splitting: true,
  clean: true,
  target: 'node20',
})
