import { SESSION_PATH } from '@yektayar/protocol'
import { expect, it, vi } from 'vitest'
import { hasPostgres } from '../../../scripts/lib/postgres.mjs'
import { queryPostgres } from './support/queryPostgres.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'
import { emptyPostgres } from './support/testDatabase.js'

const payloads = [
  '{"node":"x","n":1,"rights":[{"id":1,"change":null}]}',
  '{"node":"x","rights":[{"id":1,"change":null}]}',
  '{"node":"x","n":2,"sessions":[null,{}],"rooms":[7],"continued":{}}',
  '{"node":"x","n":3,"events":[null,{"ref":"abc"},{"typing":null},{"event":"connect","to":{"everyone":true}}]}',
  '{"node":"x","n":4,"events":[{"adapter":"{}"},{"adapter":"no JSON"}]}',
]

it.skipIf(!hasPostgres())(
  'what others write onto the channel keeps no node from ending sessions and sending messages',
  async () => {
    const databaseUrl = await emptyPostgres()
    await using first = await startServer({ databaseUrl })
    await using second = await startServer({ databaseUrl })
    const [sender, reader] = [await roomClient(first), await roomClient(second)]
    await sender.ask('room:join', { room: ROOM })
    await reader.ask('room:join', { room: ROOM })
    const heard = () => reader.seen.map(({ data }) => data)
    for (const payload of payloads) {
      await queryPostgres(databaseUrl, `notify yektayar, '${payload}'`)
    }
    const sentAt = performance.now()
    await first.server.publish(ROOM, 'after')
    await vi.waitFor(() => {
      expect(heard()).toEqual(['after'])
    }, 5_000)
    expect(performance.now() - sentAt).toBeLessThan(1_500)
    const isEnded = new Promise((resolve) => reader.socket.once('session:ended', resolve))
    const headers = { authorization: `Bearer ${reader.token}` }
    await fetch(first.url + SESSION_PATH, { method: 'DELETE', headers })
    expect(await isEnded).toEqual({ code: 'ended' })
    await first.server.publish(ROOM, 'a secret')
    expect(heard()).toEqual(['after'])
  },
)
