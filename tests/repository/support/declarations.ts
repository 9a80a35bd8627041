import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const root = join(import.meta.dirname, '../../..')

/** A member of an interface or class. */
export interface Member {
  readonly name: string
  /** The text of its `@default` tag. */
  readonly fallback: string | undefined
}

/** Every name that a source file exports, including types. */
export function exportedNames(path: string): string[] {
  return parse(path).statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const clause = statement.exportClause
      if (!clause || !ts.isNamedExports(clause))
        throw new Error(`${path} has an export without names`)
      return clause.elements.map(({ name }) => name.text)
    }
    return isExported(statement) ? declaredNames(statement) : []
  })
}

/** The public members of an interface or class, without inherited ones. */
export function membersOf(path: string, name: string): Member[] {
  const found = parse(path).statements.find(
    (statement): statement is ts.InterfaceDeclaration | ts.ClassDeclaration =>
      (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) &&
      statement.name?.text === name,
  )
  if (!found) throw new Error(`${path} has no ${name}`)
  const members = [...found.members].flatMap((member: ts.ClassElement | ts.TypeElement) =>
    member.name && ts.isIdentifier(member.name)
      ? [{ name: member.name.text, fallback: fallbackOf(member) }]
      : [],
  )
  // Keeps one of several overloads.
  return members.filter(({ name: own }, at) => members[at - 1]?.name !== own)
}

function parse(path: string): ts.SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  }
  // No other kind of statement can be exported.
  const { name } = statement as ts.DeclarationStatement
  return name ? [name.getText()] : []
}

function fallbackOf(member: ts.Node): string | undefined {
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default')
  return tag && ts.getTextOfJSDocComment(tag.comment)
}
