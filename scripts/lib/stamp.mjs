import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

const folder = join(root, 'node_modules', '.cache', 'yektayar')

/** Whether a step was last finished in this state. */
export function isStamped(step, state) {
  try {
    return readFileSync(join(folder, step), 'utf8') === state
  } catch {
    return false // never finished here, or node_modules was deleted
  }
}

/** Records that a step is finished in this state. */
export function stamp(step, state) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, step), state)
}
