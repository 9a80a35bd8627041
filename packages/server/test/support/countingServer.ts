import type { CreateServerOptions, Limits } from '../../src/index.js'
import { connected, startServer } from './server.js'

const token = 'a-token-for-metrics'

/** A server with metrics, and functions that read them. */
export async function startCounting(limits: Partial<Limits> = {}, more: CreateServerOptions = {}) {
  const context = await startServer({ metrics: { token }, limits, ...more })
  const read = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${context.url}/metrics`, { headers })).text()
  }
  return Object.assign(context, {
    read,
    /** The value of one metric, by its name and labels. */
    value: async (line: string): Promise<number | undefined> => {
      const found = (await read()).split('\n').find((text) => text.startsWith(`${line} `))
      return found === undefined ? undefined : Number(found.slice(line.length))
    },
    connect: async () => {
      const session = await context.acquire()
      return connected(context.client({ auth: { token: session.token } }))
    },
  })
}
