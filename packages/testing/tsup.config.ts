import { defineConfig } from 'tsup'

const common = { splitting: true, sourcemap: true, target: 'node20' } as const
const compilerOptions = { incremental: false }

export default defineConfig([
  {
    ...common,
    entry: ['src/index.ts', 'src/fake.ts'],
    format: 'esm',
    dts: { compilerOptions },
  },
  // The server is an ES module only; the fake needs none.
  {
    ...common,
    entry: ['src/fake.ts', 'src/requiresEsm.ts'],
    format: 'cjs',
    dts: { compilerOptions },
  },
])
