import { isOwnOrPublic } from '@yektayar/protocol'
import type { AnyContract, AskedRoom, CoreContract } from '@yektayar/protocol'
import type { FakeProduct } from './coreHandlers.js'
import type { FakeAuthenticate } from './fakeFetch.js'
import type { FakeServices } from './fakeServices.js'
import type { FakeCaller } from './fakeSessions.js'

/** Decides whether a session may do something in a room, like a server's `authorize`. */
export type FakeAuthorize<Contract extends AnyContract = CoreContract> = (
  session: FakeCaller,
  action: 'join' | 'read' | 'send',
  room: AskedRoom<Contract>,
  context: FakeServices<Contract>,
) => boolean | Promise<boolean>

/** The app's own part of a server that is not in the contract. */
export interface BackendOptions<Contract extends AnyContract = CoreContract> {
  /** Checks the credentials of a sign-in. @default no sign-in */
  authenticate?: FakeAuthenticate<Contract> | undefined
  /** Who may join, read and send in which room. @default as on a server: public and own rooms */
  authorize?: FakeAuthorize<Contract> | undefined
  /** What `status` and `info` say of the server. @default the product of the packages */
  product?: FakeProduct | undefined
}

/** The rule of a server without `authorize`. */
export const usualRooms: FakeAuthorize<AnyContract> = (session, _action, room) =>
  isOwnOrPublic(session, room)
