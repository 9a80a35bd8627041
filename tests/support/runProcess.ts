import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** How a process starts. */
export interface RunProcessOptions {
  readonly cwd?: string | undefined
  /** In place of this process's own variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user that it runs as. @default this process's own */
  readonly uid?: number | undefined
}

/** A process with its output so far; it ends with the test, and everything that it started too. */
export function runProcess(command: string, args: readonly string[], options: RunProcessOptions) {
  const child = spawn(command, args, { ...options, env: { ...options.env }, detached: true })
  const output = { text: '' }
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output.text += chunk.toString()))
  }
  /** Resolves with the first group of a pattern once it was printed. */
  const printed = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(output.text)?.[1]
      if (found !== undefined) return found
      if (child.exitCode !== null)
        throw new Error(`It ended without a ${String(pattern)}:\n${output.text}`)
      await Promise.race([once(child.stdout, 'data'), exited])
    }
  }
  return {
    child,
    output,
    exited,
    printed,
    async [Symbol.asyncDispose]() {
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL') // the group, since a shell may have started others
      } catch {
        return // all of it has ended already
      }
      await exited
    },
  }
}
