import { describe, expect, it } from 'vitest'
import { yektayar } from '../src/index.js'
import type { Limits } from '../src/index.js'
import { startLoggingApp } from './support/loggingApp.js'
import { io } from 'socket.io-client'
import { queryStore } from './support/queryStore.js'
import { temporaryDirectory } from './support/server.js'
import { emptyStore } from './support/testDatabase.js'

async function start(limits: Partial<Limits> = {}, ownUrl?: string) {
  const databaseUrl = ownUrl ?? (await emptyStore())
  const app = await startLoggingApp((instance) =>
    Promise.resolve(instance.register(yektayar({ databaseUrl, limits }))),
  )
  const refuse = async (times: number, token?: string) => {
    for (let count = 0; count < times; count++) {
      const auth = token === undefined ? {} : { token }
      const client = io(app.url, { auth, transports: ['websocket'], forceNew: true })
      await new Promise((resolve) => client.once('connect_error', resolve))
      client.close()
    }
  }
  return Object.assign(app, { refuse })
}

describe('refused connections', () => {
  it('leave one line for each code in a while, and each of them one for debugging', async () => {
    await using app = await start()
    await app.refuse(4)
    await app.refuse(3, 'wrong')
    await app.refuse(1)
    const lines = app
      .find('connections refused')
      .map(({ level, code, count }) => [level, code, count])
    expect(lines).toEqual([
      [30, 'token_required', 1],
      [30, 'token_invalid', 1],
    ])
    expect(app.find('connection refused').map(({ level }) => level)).toEqual(Array(8).fill(20))
  })

  it('are counted in the next line', async () => {
    await using app = await start({ refusalLogIntervalMs: 300 })
    await app.refuse(5)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await app.refuse(1)
    const counts = () => app.find('connections refused').map(({ count }) => count as number)
    await expect.poll(() => counts().reduce((sum, count) => sum + count, 0)).toBe(6)
    expect(counts().length).toBeGreaterThan(1)
  })

  it('do not flood the log while the store is down, and say why once', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    await using app = await start({}, databaseUrl)
    await queryStore(databaseUrl, 'alter table session_tokens rename to hidden')
    await app.refuse(3, 'x'.repeat(43))
    const lines = app.find('connections refused')
    expect(lines).toMatchObject([{ level: 50, code: 'store_unavailable', count: 1 }])
    expect(lines[0]?.err).toBeDefined()
  })
})
