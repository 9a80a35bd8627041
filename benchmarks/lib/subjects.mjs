import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askProcess } from './askProcess.mjs'

const SERVERS_ON = 0
const CLIENTS_ON = 1
const SCRIPTS = { plain: 'plain', control: 'plain', ours: 'ours' }

/**
 * What a scenario measures: a server with its clients in a process of their own. `plain` and
 * `control` are the same plain Socket.IO; how much they differ is the noise of the machine.
 */
export async function openSubject(kind, scenario, { isQuick, size }) {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  const server = await askProcess(`../servers/${SCRIPTS[kind]}.mjs`, {
    processor: SERVERS_ON,
    args: [`sqlite:${join(directory, 'bench.db')}`],
  })
  const load = await askProcess('../load/load.mjs', { processor: CLIENTS_ON })
  const url = await server.ask('url')
  const isOurs = kind === 'ours'
  const subject = { server, load, url, isOurs, isQuick, size, directory, memo: {} }
  await scenario.prepare?.(subject)
  return {
    measure: () => scenario.measure(subject, size),
    async close() {
      await scenario.finish?.(subject)
      await load.close()
      await server.close()
      await rm(directory, { recursive: true })
    },
  }
}
