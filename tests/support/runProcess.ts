import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Options of a process. */
export interface RunProcessOptions {
  readonly cwd?: string | undefined
  /** Replaces the environment of this process. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user that it runs as. @default this process's own */
  readonly uid?: number | undefined
}

/**
 * A process with its output so far. At the end of the test, it is killed with all of its children.
 */
export function runProcess(command: string, args: readonly string[], options: RunProcessOptions) {
  const child = spawn(command, args, { ...options, env: { ...options.env }, detached: true })
  const output = { text: '' }
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output.text += chunk.toString()))
  }
  /** Resolves with the first group of a pattern once the output matches it. */
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
        // Kills the group, because a shell may have started children.
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        return // the whole group has ended already
      }
      await exited
    },
  }
}
