import { parse } from 'vue/compiler-sfc'
import type { Document } from './documents.js'

/** One block of code as a module beside the others of its document. */
export interface DocumentModule {
  /** Such as `contract.ts`, where its first line is the comment `// contract.ts`; else `block3.ts`. */
  readonly name: string
  readonly code: string
}

/** The TypeScript of a document, the scripts of its Vue components included. */
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
