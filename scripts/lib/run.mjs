import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { root } from './root.mjs'

/** The error of a command that did not start or ended with a code other than 0, with its output. */
export class CommandError extends Error {
  constructor(message, output) {
    super(message)
    this.output = output
  }
}

/** Runs a command and resolves with its output; rejects with a {@link CommandError} on failure. */
export function run(command, args, { cwd = root, env = {} } = {}) {
  const commandLine = [basename(command), ...args].join(' ')
  return new Promise((resolve, reject) => {
    let output = ''
    const keep = (chunk) => (output += chunk)
    const fail = (ending) => reject(new CommandError(`\`${commandLine}\` ${ending}`, output))

    const child = spawnPortably(command, args, {
      cwd,
      env: { NO_COLOR: '1', ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', (error) => fail(error.message))
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output)
      else fail(`ended with ${code ?? signal}`)
    })
  })
}

/** Starts a command; on Windows through a shell, since `npx` and others are batch files there. */
export function spawnPortably(command, args, options) {
  if (process.platform !== 'win32') return spawn(command, args, options)
  return spawn([command, ...args].map(quote).join(' '), { ...options, shell: true })
}

function quote(word) {
  return /\s/.test(word) ? `"${word}"` : word
}
