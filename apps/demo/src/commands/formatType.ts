import type { TypeText } from './answerTypes.js'

/** Writes a type as TypeScript, indented. */
export function formatType(type: TypeText, indent = ''): string {
  if (typeof type === 'string') return type
  const inner = `${indent}  `
  const fields = Object.entries(type).map(
    ([field, fieldType]) => `${inner}${field}: ${formatType(fieldType, inner)}\n`,
  )
  return `{\n${fields.join('')}${indent}}`
}

/** Writes a type on one line; an object inside it becomes `{…}`. */
export function abbreviateType(type: TypeText): string {
  if (typeof type === 'string') return type
  const fields = Object.entries(type).map(
    ([field, fieldType]) => `${field}: ${typeof fieldType === 'string' ? fieldType : '{…}'}`,
  )
  return `{ ${fields.join(', ')} }`
}
