import type { CoreHandler } from '../commands/commandContext.js'
import type { RoomActions } from '../rooms/roomActions.js'

type RoomCommand = 'room:join' | 'room:leave' | 'room:history' | 'room:typing' | 'presence:set'

/** The commands of rooms that store nothing. */
export function createRoomCommands(actions: RoomActions): {
  readonly [Name in RoomCommand]: CoreHandler<Name>
} {
  return {
    'room:join': ({ connection, input }) => actions.join(connection, input),
    'room:leave': ({ connection, input: { room } }) => {
      actions.leave(connection, room)
      return { room }
    },
    'room:history': ({ connection, input }) => actions.history(connection, input),
    'room:typing': async ({ connection, input }) => {
      await actions.typing(connection, input)
      return undefined
    },
    'presence:set': async ({ connection, input }) => {
      await actions.setPresence(connection, input)
      return undefined
    },
  }
}
