import { createInterface } from 'node:readline'
import { spawnPortably } from './run.mjs'

/**
 * Runs long-lived commands at the same time, with each line of output after its command's name. When
 * one of them ends or a signal arrives, it ends them all and resolves with the exit code.
 */
export function runTogether(commands) {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const children = commands.map((command) => startPrefixed(command, width))
  const running = new Set(children)

  return new Promise((resolve) => {
    let exitCode

    const end = (code) => {
      if (exitCode !== undefined) return // the first exit code counts
      exitCode = code
      for (const child of running) child.kill('SIGTERM')
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0))

    for (const child of children) {
      child.on('error', (error) => {
        console.error(error.message)
        end(1)
      })
      child.on('close', (code) => {
        running.delete(child)
        end(code ?? 1)
        if (running.size === 0) resolve(exitCode)
      })
    }
  })
}

function startPrefixed({ name, command, args, cwd }, width) {
  const child = spawnPortably(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      console.log(`${name.padEnd(width)} │ ${line}`)
    })
  }
  return child
}
