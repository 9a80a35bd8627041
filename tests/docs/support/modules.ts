import { parse } from 'vue/compiler-sfc'
import type { Document } from './documents.js'

/** One code block of a document, as a module that the other blocks can import. */
export interface DocumentModule {
  /**
   * The name in a first-line comment such as `// contract.ts`; without one, for example
   * `block3.ts`.
   */
  readonly name: string
  readonly code: string
}

/** The TypeScript blocks of a document, including the scripts of Vue components. */
export function modulesOf({ blocks }: Document): DocumentModule[] {
  return blocks.flatMap(({ language, code }, index) => {
    if (language === 'ts') return [{ name: nameOf(code) ?? `block${String(index)}.ts`, code }]
    if (language === 'vue') return [{ name: `block${String(index)}.ts`, code: scriptOf(code) }]
    return []
  })
}

function nameOf(code: string): string | undefined {
  return /^\/\/ (\w+\.ts)\n/.exec(code)?.[1]
}

function scriptOf(component: string): string {
  const { descriptor, errors } = parse(component)
  if (errors[0]) throw errors[0]
  return descriptor.scriptSetup?.content ?? ''
}
