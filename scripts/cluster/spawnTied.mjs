import { spawn } from 'node:child_process'

/**
 * Replaces itself by a command. Beside it, a shell waits for a line; if the pipe ends without one, the
 * process that started all this is gone, and the command is killed, even if it is stopped.
 */
const script = '(read -r _ <&3 || kill -KILL $$) >/dev/null 2>&1 & exec "$@" 3<&-'

/**
 * Starts a process that ends with this one, even with one that is killed. It does not get a Ctrl-C of
 * the terminal, so that this process decides in which order everything ends.
 */
export function spawnTied(command, args, { cwd, env }) {
  const child = spawn('/bin/sh', ['-c', script, 'sh', command, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  child.stdio[3].on('error', () => {}) // the shell has ended before the line arrived
  child.once('exit', () => child.stdio[3].end('ended\n'))
  return child
}
