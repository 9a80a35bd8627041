import type { UpkeepStore } from '../store/upkeep.js'
import type { SweepPace } from '../store/sweepPace.js'
import type { SurplusNotes } from './surplusNotes.js'

/** What a sweep of rooms depends on. */
export interface RoomSweepDeps {
  upkeep: UpkeepStore
  /** The rooms that may hold too many messages. */
  surplus: SurplusNotes
  pace: SweepPace
  /** The time against which ages are measured; `undefined` while the clock is in doubt. */
  now: number | undefined
}

/** What a sweep has removed. */
export interface SweptRooms {
  /** How many rows of messages. */
  readonly rows: number
  readonly rooms: number
}

/** Removes messages beyond the age or number that rooms keep, and unused rooms. */
export async function sweepRooms(deps: RoomSweepDeps): Promise<SweptRooms> {
  const surplusRows = await sweepSurplus(deps)
  const { rows, rooms } = await sweepOld(deps)
  return { rows: surplusRows + rows, rooms }
}

async function sweepOld({ upkeep, pace, now }: RoomSweepDeps): Promise<SweptRooms> {
  const swept = { rows: 0, rooms: 0 }
  if (now === undefined) return swept
  while (await pace.next()) {
    const { rows, rooms, isDone } = await upkeep.removeOldMessages(now)
    swept.rows += rows
    swept.rooms += rooms
    if (isDone) break
  }
  return swept
}

async function sweepSurplus(deps: RoomSweepDeps): Promise<number> {
  const surplus = deps.surplus.take()
  try {
    if (surplus.isAnywhere) return await trimAll(deps)
    let rows = 0
    for (const room of surplus.rooms) rows += await trim(deps, room)
    return rows
  } catch (error) {
    deps.surplus.putBack(surplus)
    throw error
  }
}

async function trimAll(deps: RoomSweepDeps): Promise<number> {
  let rows = 0
  let last = ''
  while (await deps.pace.next()) {
    const { rooms, next } = await deps.upkeep.longRoomsAfter(last)
    for (const room of rooms) rows += await trim(deps, room)
    if (next === undefined) break
    last = next
  }
  return rows
}

async function trim({ upkeep, pace }: RoomSweepDeps, room: string): Promise<number> {
  let rows = 0
  while (await pace.next()) {
    const trimmed = await upkeep.trimRoom(room)
    rows += trimmed.rows
    if (trimmed.isDone) break
  }
  return rows
}
