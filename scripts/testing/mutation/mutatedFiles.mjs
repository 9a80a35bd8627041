import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../lib/root.mjs'

const server = 'packages/server/src'
const client = 'packages/client-sdk/src'

/** The files to mutate: the core, in which a bug can lose, double or leak a message. */
export function mutatedFiles() {
  return [
    ...['once', 'rooms', 'sessions', 'connections', 'store', 'store/sqlite'].flatMap((name) =>
      sourcesIn(`${server}/${name}`),
    ),
    ...['rooms', 'outbox', 'connection', 'session'].flatMap((name) =>
      sourcesIn(`${client}/${name}`),
    ),
  ]
}

function sourcesIn(folder) {
  const names = readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts'))
  return names.sort().map((name) => `${folder}/${name}`)
}
