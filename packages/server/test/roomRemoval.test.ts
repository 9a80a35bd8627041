import { sql } from 'kysely'
import { describe, expect, it, vi } from 'vitest'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

const OTHER = 'public:other'

const MONTH_MS = 31 * 24 * 60 * 60_000

/** A server that sweeps every 20 ms. */
function startSweeping() {
  return startServer({ limits: { sweepIntervalMs: 20, presenceGraceMs: 10 } })
}

type Context = Awaited<ReturnType<typeof startServer>>

/** Makes everything in every room a month older. */
async function passMonth({ server }: Context): Promise<void> {
  await sql`update room_messages set at = at - ${MONTH_MS}`.execute(server.database)
  await sql`update rooms set used_at = used_at - ${MONTH_MS}, oldest_at = oldest_at - ${MONTH_MS}`.execute(
    server.database,
  )
}

/** The names of the rooms that have a row. */
async function storedRooms({ server }: Context): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from rooms`.execute(server.database)
  return rows.map(({ name }) => name).sort()
}

/** Makes rooms older, month by month, until only these are left. */
async function whenOnlyLeft(context: Context, names: readonly string[]): Promise<void> {
  await vi.waitFor(
    async () => {
      await passMonth(context)
      expect(await storedRooms(context)).toEqual(names)
    },
    { timeout: 5_000 },
  )
}

describe('a room that nobody uses', () => {
  it('is removed once it keeps no message and nobody is in it', async () => {
    await using context = await startSweeping()
    for (const n of range(1, 50)) await context.server.publish(`public:r${String(n)}`, n)
    const member = await roomClient(context)
    await member.join(ROOM)
    await context.server.publish(ROOM, 'old')
    await whenOnlyLeft(context, [ROOM]) // it still has a member
    expect((await member.join(ROOM)).messages).toEqual([])
    await member.ask('room:leave', { room: ROOM })
    await whenOnlyLeft(context, [])
  })

  it('resets a reader who knew it, also where it was filled beyond their place since', async () => {
    await using context = await startSweeping()
    const reader = await roomClient(context)
    await reader.join(ROOM)
    for (const n of range(1, 3)) await reader.send(ROOM, n)
    const { epoch, messages } = await reader.join(ROOM)
    const id = messages.at(-1)?.id ?? ''
    reader.socket.disconnect()
    await whenOnlyLeft(context, [])

    const again = await roomClient(context, reader.token)
    const empty = await again.join(ROOM, { epoch, seq: 2 })
    expect(empty).toMatchObject({ reset: { reason: 'truncated' }, messages: [] })
    for (const n of range(1, 5)) await again.send(ROOM, `new ${String(n)}`)
    for (const position of [{ seq: 2 }, { seq: 1 }, { seq: 0 }]) {
      const joined = await again.join(ROOM, { epoch, ...position })
      expect(joined).toMatchObject({ reset: { reason: 'truncated' } })
    }
    const unsure = await again.join(ROOM, { epoch, seq: 3, id })
    expect(unsure).toMatchObject({ reset: { reason: 'truncated' } })
    const whole = await again.join(ROOM, { epoch, seq: 3 }) // the last position of the removed room
    expect(whole.reset).toBeUndefined()
    expect(whole.messages.map(({ data }) => data)).toEqual(
      range(1, 5).map((n) => `new ${String(n)}`),
    )
    expect(whole.messages[0]?.seq).toBeGreaterThan(3)
  })

  it('begins again beyond every number that a removed room has had', async () => {
    await using context = await startSweeping()
    for (const n of range(1, 9)) await context.server.publish(OTHER, n)
    await whenOnlyLeft(context, [])
    expect(await context.server.publish(ROOM, 'first')).toMatchObject({ seq: 10 })
    expect(await context.server.publish(OTHER, 'first')).toMatchObject({ seq: 10 })
  })
})

describe('a reader in a room without messages', () => {
  it('gets the first one without a reset, whatever rooms are removed before it comes', async () => {
    await using context = await startSweeping()
    const reader = await roomClient(context)
    const { epoch, seq } = await reader.join(ROOM)
    await vi.waitFor(async () => {
      expect(await storedRooms(context)).toEqual([ROOM])
    })
    for (const n of range(1, 9)) await context.server.publish(OTHER, n)
    await whenOnlyLeft(context, [ROOM])
    await context.server.publish(ROOM, 'first')
    const joined = await reader.join(ROOM, { epoch, seq })
    expect(joined.reset).toBeUndefined()
    expect(joined.messages.map(({ data }) => data)).toEqual(['first'])
  })

  it('gets the first message right after its position if it joined after other rooms were removed', async () => {
    await using context = await startSweeping()
    for (const n of range(1, 9)) await context.server.publish(OTHER, n)
    await whenOnlyLeft(context, [])
    const reader = await roomClient(context)
    const { epoch, seq } = await reader.join(ROOM)
    await context.server.publish(ROOM, 'first')
    const page = await reader.ask('room:history', { room: ROOM, epoch, after: seq })
    expect(page).toMatchObject({ messages: [{ data: 'first', seq: seq + 1 }] })
    expect(page).not.toHaveProperty('reset')
    expect(reader.seen.map(({ data }) => data)).toEqual(['first'])
  })
})
