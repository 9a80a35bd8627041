import ts from 'typescript'

type Given = Readonly<Record<string, unknown>>

/**
 * Runs code of a document as it stands: with the modules that it imports, and with the globals that
 * it takes for granted or that a test wants to watch.
 *
 * @returns what it exports, once its top-level `await`s are done
 */
export async function execute(code: string, modules: Given, globals: Given = {}): Promise<Given> {
  // An own function, since CommonJS has no top-level await and keeps the imports of a module real.
  const script = ts.transpile(code, {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
    esModuleInterop: true,
  })
  const require = (name: string): unknown => {
    if (!(name in modules))
      throw new Error(`The code imports ${name}, which the test does not give`)
    return modules[name]
  }
  const given: Given = { require, exports: {}, ...globals }
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the document's text is the subject
  const run = new Function(...Object.keys(given), `return (async () => {${script}\n})()`) as (
    ...values: unknown[]
  ) => Promise<void>
  await run(...Object.values(given))
  return given.exports as Given // created above
}
