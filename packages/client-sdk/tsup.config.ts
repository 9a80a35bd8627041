import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'tsup'
import ts from 'typescript'

/** An app holds an instance of the client itself, so what that hides stays hidden in the built package. */
const HANDED_OUT = 'yektaYarSocket.ts'

/** Stands for the `#` of a member that becomes a plain one; no source has it. */
const MARK = 'ø'

const folder = fileURLToPath(new URL('src', import.meta.url))
const sources = new Map(
  readdirSync(folder, { encoding: 'utf8', recursive: true })
    .filter((name) => name.endsWith('.ts') && name !== HANDED_OUT)
    .map((name) => [join(folder, name), readFileSync(join(folder, name), 'utf8')]),
)

export default defineConfig({
  entry: ['src/index.ts', 'src/texts.ts'],
  format: ['esm', 'cjs'],
  dts: { compilerOptions: { incremental: false } },
  // Modules that are imported on demand get their own file.
  splitting: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
  // Inlined, so that the bundle has its constants without its schema library.
  noExternal: ['@yektayar/protocol'],
  // A bundler for browsers of 2020 makes a WeakMap of each `#member`, which is larger and slower.
  esbuildPlugins: [
    {
      name: 'plain-members',
      setup(build) {
        build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
          const source = sources.get(path)
          return source === undefined ? null : { contents: withMarks(source), loader: 'ts' }
        })
      },
    },
  ],
  esbuildOptions(options) {
    options.mangleProps = new RegExp(`^${MARK}`)
    options.mangleCache = shortNames([...sources.values()])
  },
})

function withMarks(source: string): string {
  const characters = source.split('')
  for (const { start } of membersIn(source)) characters[start] = MARK
  return characters.join('')
}

/**
 * Short names of the members. Those of one file differ from each other, and are otherwise the same few
 * in each file, which compresses well. Those of a derived class differ from all, and so from its base's.
 */
function shortNames(files: readonly string[]): Record<string, string> {
  const counts = new Map<string, number>()
  const neighbours = new Map<string, string[]>()
  const derived = new Set<string>()
  for (const file of files) {
    const names = membersIn(file).map(({ name }) => name)
    for (const name of names) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
      neighbours.set(name, [...(neighbours.get(name) ?? []), ...names])
      if (/^(export )?class \w+ extends (?!Error)/m.test(file)) derived.add(name)
    }
  }
  const names = [...counts].sort(([, one], [, other]) => other - one).map(([name]) => name)
  const shortOf: Record<string, string> = {}
  for (const name of new Set([...derived, ...names])) {
    const others = derived.has(name) ? names : [...(neighbours.get(name) ?? []), ...derived]
    const taken = new Set(others.map((other) => shortOf[MARK + other]))
    let index = 0
    while (taken.has(shortName(index))) index++
    shortOf[MARK + name] = shortName(index)
  }
  return shortOf
}

/** A capital letter, which no other member is. */
function shortName(index: number): string {
  const letter = String.fromCharCode('A'.charCodeAt(0) + (index % 26))
  return index < 26 ? letter : `${letter}${String(Math.floor(index / 26))}`
}

/** The `#members` that a source mentions, and where. */
function membersIn(source: string): { name: string; start: number }[] {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest)
  const members: { name: string; start: number }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isPrivateIdentifier(node))
      members.push({ name: node.text.slice(1), start: node.getStart(file) })
    ts.forEachChild(node, visit)
  }
  visit(file)
  return members
}
