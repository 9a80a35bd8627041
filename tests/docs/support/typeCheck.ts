import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { root } from './documents.js'

const folder = join(root, 'tests')

/**
 * A virtual folder for the modules, from which imports resolve to the dependencies of the tests.
 */
const virtualFolder = join(folder, 'docs', '.documents')

/**
 * Type-checks in-memory modules as one program, with the compiler options of the tests.
 *
 * @param modules code by path; each path starts with the path of its document
 * @returns one line per error
 */
export function typeCheck(modules: ReadonlyMap<string, string>): string[] {
  const files = new Map(
    [...modules].map(([path, code]) => [join(virtualFolder, path), `${code}\nexport {}\n`]),
  )
  files.set(join(virtualFolder, 'vue.d.ts'), vueModules)
  const options = readOptions()
  const host = ts.createCompilerHost(options)
  const onDisk = { readFile: host.readFile.bind(host), fileExists: host.fileExists.bind(host) }
  const folders = new Set([...files.keys()].map(dirname))
  host.readFile = (path) => files.get(path) ?? onDisk.readFile(path)
  host.fileExists = (path) => files.has(path) || onDisk.fileExists(path)
  host.directoryExists = (path) =>
    [...folders].some((each) => `${each}/`.startsWith(`${path}/`)) || ts.sys.directoryExists(path)

  const program = ts.createProgram([...files.keys()], options, host)
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    const path = file ? relative(virtualFolder, file.fileName) : ''
    return `${path}:${String(line)} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

const vueModules = `declare module '*.vue' {
  const component: import('vue').Component
  export default component
}`

function readOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  ) as { config: unknown }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder)
  return { ...options, incremental: false } // nothing is cached between runs
}
