import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../lib/root.mjs'

const server = 'packages/server/src'
const client = 'packages/client-sdk/src'

/** Runs in a thread of its own, which knows of no mutants. */
const unseen = ['storeThread.ts']

/** The core, where a fault loses, doubles or leaks a message: the files that are mutated. */
export function mutatedFiles() {
  return [
    ...['once', 'rooms', 'sessions', 'store', 'store/sqlite'].flatMap((name) =>
      sourcesIn(`${server}/${name}`),
    ),
    ...['rooms', 'outbox', 'connection', 'session'].flatMap((name) =>
      sourcesIn(`${client}/${name}`),
    ),
  ]
}

function sourcesIn(folder) {
  const names = readdirSync(join(root, folder)).filter(
    (name) => name.endsWith('.ts') && !unseen.includes(name),
  )
  return names.sort().map((name) => `${folder}/${name}`)
}
