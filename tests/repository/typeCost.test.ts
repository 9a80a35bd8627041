import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'

/** Of the compiler, with the types of the packages themselves. */
const MAX_INSTANTIATIONS = 300_000

const folder = fileURLToPath(new URL('..', import.meta.url))

/** A contract of a large app, and code that uses each of its parts once. */
function largeApp(commands: number, events: number, rooms: number): string {
  const each = (count: number, line: (n: number) => string): string =>
    Array.from({ length: count }, (_, n) => line(n)).join('\n')
  return `
import { YektaYarSocket } from '@yektayar/client'
import { command, coreContract, extendContract, room } from '@yektayar/protocol'
import { z } from 'zod'
const contract = extendContract(coreContract, {
  commands: {
${each(commands, (n) => `'c:${n}': command({ input: z.object({ a${n}: z.string() }), output: z.object({ b${n}: z.number() }) }),`)}
  },
  events: {
${each(events, (n) => `'e:${n}': z.object({ c${n}: z.string() }),`)}
  },
  rooms: {
${each(rooms, (n) => `'r${n}:{id}': room({ message: z.object({ d${n}: z.string() }), presence: z.object({ name: z.string() }) }),`)}
  },
})
const client = new YektaYarSocket({ contract })
export const answers = [
${each(commands, (n) => `client.call('c:${n}', { a${n}: '' }).then((answer) => answer.b${n}.toFixed()),`)}
]
${each(events, (n) => `client.on('e:${n}', (event) => event.c${n}.length)`)}
export const sent = [
${each(rooms, (n) => `client.room(\`r${n}:\${String(n())}\`).send({ d${n}: '' }),`)}
]
declare function n(): number
`
}

it('the types of a large contract cost the compiler little', { timeout: 120_000 }, () => {
  const file = join(folder, `typeCost.${String(process.pid)}.ts`)
  writeFileSync(file, largeApp(200, 100, 50))
  try {
    const program = ts.createProgram([file], {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      types: ['node'],
    })
    const found = ts.getPreEmitDiagnostics(program)
    expect(found.map(({ messageText }) => messageText)).toEqual([])
    expect(program.getInstantiationCount()).toBeLessThanOrEqual(MAX_INSTANTIATIONS)
  } finally {
    rmSync(file)
  }
})
