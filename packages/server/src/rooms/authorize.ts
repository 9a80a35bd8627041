import { isOwnOrPublic } from '@yektayar/protocol'
import { CommandError } from '../commandError.js'
import type { CommandSession } from '../socket/commandContext.js'
import { whenSettled } from '../whenSettled.js'
import type { MaybePromise } from '../whenSettled.js'

/** What somebody wants to do in a room; `read` is a page of its history. */
export type RoomAction = 'join' | 'read' | 'send'

/** Decides who may do what in which room. */
export type Authorize = (
  session: CommandSession,
  action: RoomAction,
  room: string,
) => boolean | Promise<boolean>

/** Comes back where somebody may. @throws {CommandError} `room_forbidden` where not */
export type Authorizer = (
  session: CommandSession,
  action: RoomAction,
  room: string,
) => MaybePromise<void>

/** The default: `public:…` is for everybody, `session:<id>` and `user:<id>` are for their owner. */
export const ownAndPublicRooms: Authorize = (session, _action, room) => isOwnOrPublic(session, room)

/** Makes a refusal of what an app decides. */
export function createAuthorizer(authorize: Authorize): Authorizer {
  return (session, action, room) =>
    whenSettled(authorize(session, action, room), (isAllowed) => {
      if (isAllowed) return
      throw new CommandError('room_forbidden', `This session may not ${action} here`, {
        hint: 'The server decides who may, by its option authorize',
      })
    })
}
