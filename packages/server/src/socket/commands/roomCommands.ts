import type { Memberships } from '../../rooms/memberships.js'
import type { CommandHandler } from '../commandContext.js'

type RoomCommand = 'room:join' | 'room:leave' | 'room:history' | 'room:typing'

/** The commands of rooms that store nothing. */
export function createRoomCommands(memberships: Memberships): {
  readonly [Name in RoomCommand]: CommandHandler<Name>
} {
  return {
    'room:join': ({ connection, input }) => memberships.join(connection, input),
    'room:leave': ({ connection, input: { room } }) => {
      memberships.leave(connection, room)
      return { room }
    },
    'room:history': ({ connection, input }) => memberships.history(connection, input),
    'room:typing': async ({ connection, input }) => {
      await memberships.typing(connection, input)
      return undefined
    },
  }
}
