import { defineConfig } from 'tsup'

// Every module is its own entry, so that a bundler can drop the modules with schemas.
export default defineConfig({
  entry: [
    'src/*.ts',
    '!src/answer.ts',
    '!src/derive.ts',
    '!src/deriveRooms.ts',
    '!src/jsonSchema.ts',
  ],
  format: ['esm', 'cjs'],
  dts: { entry: ['src/index.ts', 'src/rules.ts'], compilerOptions: { incremental: false } },
  splitting: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
})
