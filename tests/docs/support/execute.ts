import ts from 'typescript'

type Given = Readonly<Record<string, unknown>>

/**
 * Runs code of a document unchanged, with the modules that it imports and the globals that it uses
 * or that the test watches.
 *
 * @returns its exports, once its top-level `await`s have finished
 */
export async function execute(code: string, modules: Given, globals: Given = {}): Promise<Given> {
  // Runs as CommonJS inside an async function: CommonJS has no top-level await, and `require`
  // returns the real modules.
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
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- running the document's code is the purpose
  const run = new Function(...Object.keys(given), `return (async () => {${script}\n})()`) as (
    ...values: unknown[]
  ) => Promise<void>
  await run(...Object.values(given))
  return given.exports as Given // the object created above
}
