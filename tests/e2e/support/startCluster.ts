import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { YektaYarSocket, memoryStorage } from '@yektayar/client'
import type { TransportName } from '@yektayar/client'
import { runProcess } from '../../support/runProcess.js'

const root = join(import.meta.dirname, '../../..')

/** What `/cluster/state` answers. */
interface ClusterState {
  readonly nodes: readonly {
    readonly name: string
    readonly state: string
    readonly connections: number
    readonly pid?: number
  }[]
  /** The names of the nodes that each window is connected to. */
  readonly windows: Readonly<Record<string, readonly string[]>>
}

/** Runs `npm run cluster` on a free port, in a process of its own. */
export async function startCluster() {
  const { PATH, HOME, TEST_DATABASE_URL } = process.env
  const running = runProcess(process.execPath, ['scripts/cluster.mjs'], {
    cwd: root,
    env: { PATH, HOME, TEST_DATABASE_URL, PORT: '0' },
  })
  const clients: YektaYarSocket[] = []
  const leave = async () => {
    await Promise.all(clients.splice(0).map((client) => client.disconnect()))
  }
  const end = async () => {
    await leave()
    await running[Symbol.asyncDispose]()
  }
  let url: string
  try {
    url = await running.printed(/The demo alone: (\S+)\//)
  } catch (error) {
    await end()
    throw error
  }
  const state = async () => (await (await fetch(`${url}/cluster/state`)).json()) as ClusterState
  return {
    url,
    running,
    state,
    /** A client in a window of its own. */
    client(window: string, transports: readonly TransportName[] = ['websocket']) {
      const path = `/window/${window}/socket.io`
      const client = new YektaYarSocket({
        ...{ url, path, transports, retryDelayMs: 100, storage: memoryStorage() },
      })
      clients.push(client)
      return client
    },
    /** Disconnects all clients. */
    leave,
    /** The number of the node that a window is connected to. */
    async nodeOf(window: string): Promise<number> {
      const { nodes, windows } = await state()
      return nodes.findIndex(({ name }) => name === windows[window]?.[0]) + 1
    },
    /** Presses a button of a node. */
    async press(node: number, action: string) {
      const init = { method: 'POST' }
      return (await fetch(`${url}/cluster/nodes/${node}/${action}`, init)).status
    },
    async untilState(node: number, wanted: string) {
      while ((await state()).nodes[node - 1]?.state !== wanted) await sleep(50)
    },
    [Symbol.asyncDispose]: end,
  }
}
