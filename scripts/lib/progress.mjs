import { performance } from 'node:perf_hooks'
import { clearTimeout, setTimeout } from 'node:timers'

/** A step that takes longer is named while it runs, also where there is no terminal. */
const LONG_MS = 3_000
const running = new Set()

/** Runs one step and prints a line when it ends; a terminal also shows the running steps. */
export async function step(name, work) {
  const startedAt = performance.now()
  running.add(name)
  showRunning()
  const longTimer = setTimeout(() => sayRunning(name), LONG_MS)
  try {
    const result = await work()
    end(name, '✓', startedAt)
    return result
  } catch (error) {
    end(name, '✗', startedAt)
    throw error
  } finally {
    clearTimeout(longTimer)
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

function sayRunning(name) {
  if (!process.stdout.isTTY) console.log(`… ${name}`)
}

function hideRunning() {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
}
