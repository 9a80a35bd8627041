import { join } from 'node:path'
import ts from 'typescript'

/** Where the modules pretend to be. */
const folder = join(import.meta.dirname, '../')
const projectFolder = join(folder, '../')

/**
 * Type-checks modules that exist in memory only, as strictly as the house's own code, and resolves
 * what they import as from the tests.
 *
 * @returns one line for each mistake: name, line in it, message
 */
export function typeCheck(modules: Readonly<Record<string, string>>): string[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(projectFolder, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    projectFolder,
  )
  const contents = new Map(
    Object.entries(modules).map(([name, code]) => [`${folder}${name}.ts`, `${code}\nexport {}\n`]),
  )
  const host = ts.createCompilerHost(options)
  const fileExists = host.fileExists.bind(host)
  const readFile = host.readFile.bind(host)
  host.fileExists = (path) => contents.has(path) || fileExists(path)
  host.readFile = (path) => contents.get(path) ?? readFile(path)
  const program = ts.createProgram([...contents.keys()], { ...options, noEmit: true }, host)
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    const name = file?.fileName.replace(folder, '') ?? ''
    return `${name}:${String(line)} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}
