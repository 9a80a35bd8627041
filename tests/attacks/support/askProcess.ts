import { createInterface } from 'node:readline'
import { runProcess } from '../../support/runProcess.js'

/** Runs a script in its own process, which answers questions with one line each. */
export function askProcess(script: string, argument: unknown) {
  const { PATH } = process.env
  const path = new URL(script, import.meta.url).pathname
  const args = ['--expose-gc', path, JSON.stringify(argument)]
  const running = runProcess(process.execPath, args, { env: { PATH } })
  const { stdin, stdout } = running.child
  const waiting = new Map<string, (json: string) => void>()
  createInterface({ input: stdout }).on('line', (line) => {
    const [id = '', json = ''] = line.split(/ (.*)/)
    waiting.get(id)?.(json)
    waiting.delete(id)
  })

  let count = 0
  return {
    printed: running.printed,
    async ask<Answer>(question: string): Promise<Answer> {
      const id = `q${count++}`
      const answered = new Promise<string>((resolve) => waiting.set(id, resolve))
      stdin.write(`${id} ${question}\n`)
      return JSON.parse(await answered) as Answer // the script answers in this shape
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}
