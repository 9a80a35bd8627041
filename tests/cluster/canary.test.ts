import { randomBytes } from 'node:crypto'
import type { AcquiredSession } from '@yektayar/protocol'
import { startPostgres } from '@yektayar/testing'
import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { until } from '../faults/support/until.js'
import { connectTo, queryDatabase } from './support/database.js'
import { launchNode } from './support/launchNode.js'
import { acquire, connect, request } from './support/wireClient.js'

const ROOM = 'public:canary'

describe.runIf(hasPostgres())('tokens and texts', () => {
  it('are in no hint and no log; texts are in the log of their room alone', async () => {
    await using postgres = await startPostgres()
    await using listener = await connectTo(postgres.url)
    const hints: string[] = []
    listener.client.on('notification', ({ payload = '' }: { payload?: string }) =>
      hints.push(payload),
    )
    await listener.query('listen yektayar')
    const options = { databaseUrl: postgres.url, logLevel: 'trace' }
    await using first = await launchNode(options)
    await using second = await launchNode(options)
    const text = `canary-${randomBytes(16).toString('hex')}`
    const tokens = await Promise.all([acquire(first), acquire(second)])
    const [here, there] = await Promise.all([connect(first, tokens[0]), connect(second, tokens[1])])
    const seen: unknown[] = []
    there.on('room:message', ({ data }: { data: unknown }) => seen.push(data))
    for (const socket of [here, there]) {
      await socket.emitWithAck('room:join', { room: ROOM, presence: { mood: 'calm' } })
    }
    await here.emitWithAck('room:typing', { room: ROOM, isTyping: true })
    await here.emitWithAck('room:send', { room: ROOM, data: text })
    await until(() => seen.includes(text))
    // Every refusal and every failure is logged as well.
    await here.emitWithAck('room:send', { room: 'nothing', data: text })
    await here.emitWithAck('add', { sender: text })
    const renewed = await request(first, 'POST', '/api/session/renew', tokens[0])
    tokens.push(((await renewed.json()) as AcquiredSession).token)
    await request(second, 'GET', `/api/session?token=${tokens[1]}`, 'no-token')
    await request(second, 'DELETE', '/api/session', tokens[1])
    await until(() => hints.some((hint) => hint.includes('"sessions"')))
    here.close()

    expect(hints.some((hint) => hint.includes(ROOM))).toBe(true)
    const tables = await queryDatabase(
      postgres.url,
      `select table_name as name from information_schema.tables where table_schema = 'yektayar'`,
    )
    expect(tables.length).toBeGreaterThan(5)
    const places: Record<string, string> = { hints: hints.join('\n') }
    for (const { name } of tables) {
      const rows = await queryDatabase(postgres.url, `select * from yektayar.${String(name)}`)
      places[String(name)] = JSON.stringify(rows)
    }
    for (const node of [first, second]) {
      await node.close()
      expect(node.output).toMatch(/"level":/)
      places[node.url] = node.output
    }
    const placesWith = (secret: string) =>
      Object.entries(places).flatMap(([name, content]) => (content.includes(secret) ? name : []))
    for (const token of tokens) expect(placesWith(token)).toEqual([])
    expect(placesWith(text)).toEqual(['room_messages'])
  })
})
