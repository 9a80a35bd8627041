import { command, coreContract, extendContract, none } from '@yektayar/protocol'
import { createServer, tables } from '@yektayar/server'
import { z } from 'zod'
import { setTimeout as sleep } from 'node:timers/promises'

const contract = extendContract(coreContract, {
  commands: {
    /** Adds a row: twice the row if it takes effect twice. */
    add: command({
      input: z.object({ sender: z.string(), n: z.number() }),
      output: none,
      delivery: 'once',
    }),
    /** Keeps its transaction open. */
    hold: command({
      input: z.object({ room: z.string(), ms: z.number() }),
      output: none,
      delivery: 'once',
    }),
  },
})

const server = await createServer({
  contract,
  ...JSON.parse(process.env.NODE_OPTIONS_JSON ?? '{}'),
  host: '127.0.0.1',
  port: Number(process.env.PORT ?? 0),
  databaseUrl: process.env.DATABASE_URL,
  logLevel: process.env.LOG_LEVEL ?? 'error',
  tables: tables(async ({ schema }) => {
    await schema
      .createTable('adds')
      .ifNotExists()
      .addColumn('sender', 'text', (column) => column.notNull())
      .addColumn('n', 'integer', (column) => column.notNull())
      .addColumn('at', 'serial')
      .execute()
  }),
  commands: {
    add: async ({ input, transaction }) => {
      await transaction.insertInto('adds').values(input).execute()
    },
    hold: async ({ input: { room, ms }, publish }) => {
      await publish(room, 'held')
      await sleep(ms)
    },
  },
})
console.log(`pid ${process.pid} running at ${await server.listen()}`)
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)))
