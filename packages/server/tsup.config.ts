import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/standalone/cli.ts'],
  format: 'esm',
  dts: {
    entry: ['src/index.ts', 'src/standalone/cli.ts'],
    compilerOptions: { incremental: false },
  },
  splitting: true,
  sourcemap: true,
  clean: true,
  target: 'node20',
})
