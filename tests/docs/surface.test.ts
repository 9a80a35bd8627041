import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Every export of a built declaration file: first values, then types, which are marked. */
function exportsOf(path: string): string[] {
  const program = ts.createProgram([path], { moduleResolution: ts.ModuleResolutionKind.Bundler })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(path)
  const module = source && checker.getSymbolAtLocation(source)
  if (!module) throw new Error(`${path} is not a module`)
  return checker
    .getExportsOfModule(module)
    .map((symbol) => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
      const { flags } = isAlias ? checker.getAliasedSymbol(symbol) : symbol
      return (flags & ts.SymbolFlags.Value) !== 0 ? symbol.name : `type ${symbol.name}`
    })
    .sort()
}

it.each([
  'packages/protocol',
  'packages/server',
  'packages/client-sdk',
  'packages/vue',
  'packages/testing',
  'apps/doctor',
])('%s exports these names', (name) => {
  expect(exportsOf(join(root, name, 'dist/index.d.ts'))).toMatchSnapshot()
})

it('protocol’s rules, which server and fake share, are these', () => {
  expect(exportsOf(join(root, 'packages/protocol/dist/rules.d.ts'))).toMatchSnapshot()
})

it('vue’s Pinia entry exports these names', () => {
  expect(exportsOf(join(root, 'packages/vue/dist/pinia.d.ts'))).toMatchSnapshot()
})

it.each(['packages/client-sdk', 'packages/vue'])(
  'the texts’ entry of %s exports these names',
  (name) => {
    expect(exportsOf(join(root, name, 'dist/texts.d.ts'))).toMatchSnapshot()
  },
)

it('the fake’s entry of testing exports these names', () => {
  expect(exportsOf(join(root, 'packages/testing/dist/fake.d.ts'))).toMatchSnapshot()
})
