import { performance } from 'node:perf_hooks'

const running = new Set()

/** Runs one step and prints a line when it ends; a terminal also shows the running steps. */
export async function step(name, work) {
  const startedAt = performance.now()
  running.add(name)
  showRunning()
  try {
    const result = await work()
    end(name, '✓', startedAt)
    return result
  } catch (error) {
    end(name, '✗', startedAt)
    throw error
  }
}

/** Prints one line without disturbing the running steps on a terminal. */
export function say(line) {
  hideRunning()
  console.log(line)
  showRunning()
}

function end(name, mark, startedAt) {
  running.delete(name)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  say(`${mark} ${name.padEnd(28)}${seconds.padStart(6)} s`)
}

function showRunning() {
  if (process.stdout.isTTY && running.size > 0) process.stdout.write(`… ${[...running].join(', ')}`)
}

function hideRunning() {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
}
