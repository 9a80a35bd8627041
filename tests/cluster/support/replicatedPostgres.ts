import { faultProxy } from '@yektayar/testing'
import { setTimeout as wait } from 'node:timers/promises'
import { temporaryDirectory } from '../../support/temporaryDirectory.js'
import { queryDatabase } from './database.js'
import { createPostgres, preparePostgres } from './postgresServer.js'
import type { PostgresServer } from './postgresServer.js'

/** The name by which a primary knows its standby. */
const STANDBY = 'standby'

/** A primary and its standby, behind one address that leads to whichever is the primary. */
export async function startReplicated({ isSynchronous }: { isSynchronous: boolean }) {
  const directory = await temporaryDirectory()
  const primary = await createPostgres(preparePostgres(directory.path))
  const standby = await primary.copyAsStandby(STANDBY)
  await primary.start()
  await standby.start()
  await untilAttached(primary)
  if (isSynchronous) {
    await queryDatabase(primary.url, `alter system set synchronous_standby_names = '${STANDBY}'`)
    await queryDatabase(primary.url, 'select pg_reload_conf()')
    await untilAttached(primary, 'sync')
  }
  const proxy = await faultProxy({ target: `http://127.0.0.1:${String(primary.port)}` })
  const { port } = new URL(proxy.url)
  return {
    primary,
    standby,
    databaseUrl: `postgres://postgres@127.0.0.1:${port}/postgres`,
    /** The standby receives nothing any more. */
    detach: () => standby.stop(),
    /** The primary dies, and the standby takes over. */
    async failOver() {
      await primary.kill()
      proxy.reset()
      await standby.stop() // it may run, or not
      await standby.start()
      await queryDatabase(standby.url, 'select pg_promote()')
      await queryDatabase(standby.url, `alter system reset synchronous_standby_names`)
      await queryDatabase(standby.url, 'select pg_reload_conf()')
      proxy.retarget(`http://127.0.0.1:${String(standby.port)}`)
      proxy.reset()
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await Promise.all([primary.stop(), standby.stop()])
      await directory[Symbol.asyncDispose]()
    },
  }
}

async function untilAttached(primary: PostgresServer, state?: string): Promise<void> {
  for (;;) {
    const rows = await queryDatabase(
      primary.url,
      'select state, sync_state from pg_stat_replication',
    )
    const isThere = rows.some(
      (row) => row.state === 'streaming' && (!state || row.sync_state === state),
    )
    if (isThere) return
    await wait(20)
  }
}
