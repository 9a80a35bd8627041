import type { UpkeepStore } from '../store/upkeep.js'
import type { SweepPace } from '../store/sweepPace.js'
import type { SurplusNotes } from './surplusNotes.js'

/** What a sweep of rooms depends on. */
export interface RoomSweepDeps {
  upkeep: UpkeepStore
  pace: SweepPace
  /** The time against which ages are measured; `undefined` while the clock is in doubt. */
  now: number | undefined
}

/** What the search for rooms with too many messages depends on. */
export interface SurplusSweepDeps extends Pick<RoomSweepDeps, 'upkeep' | 'pace'> {
  /** The rooms that may hold too many messages. */
  surplus: SurplusNotes
  /** Whether to look at all rooms if need be; one process on a store does. */
  isLeading: boolean
}

/** What a sweep has removed. */
export interface SweptRooms {
  /** How many rows of messages. */
  readonly rows: number
  readonly rooms: number
}

/** Removes messages beyond the age that rooms keep, and unused rooms. */
export async function sweepRooms({ upkeep, pace, now }: RoomSweepDeps): Promise<SweptRooms> {
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

/** Removes messages beyond the number that rooms keep. Returns how many rows. */
export async function sweepSurplus(deps: SurplusSweepDeps): Promise<number> {
  const surplus = deps.surplus.take(deps.isLeading)
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

async function trimAll(deps: SurplusSweepDeps): Promise<number> {
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

async function trim({ upkeep, pace }: SurplusSweepDeps, room: string): Promise<number> {
  let rows = 0
  while (await pace.next()) {
    const trimmed = await upkeep.trimRoom(room)
    rows += trimmed.rows
    if (trimmed.isDone) break
  }
  return rows
}
