export { createFakeClient } from './fake/createFakeClient.js'
export { createFakeServer } from './fake/createFakeServer.js'
export { FakeClient } from './fake/fakeClient.js'
export { FakeServer } from './fake/fakeServer.js'
export { FakeUser } from './fake/fakeUser.js'

export type { FakeProduct } from './fake/coreHandlers.js'
export type { FakeAuthorize } from './fake/backendOptions.js'
export type {
  FakeFailureOptions,
  FakeHandlerContext,
  FakeReceivedCall,
} from './fake/fakeCommands.js'
export type { FakeAuthenticate, FakeSignInContext } from './fake/fakeFetch.js'
export type { FakeClientOptions, FakeHandler, FakeServerOptions } from './fake/fakeOptions.js'
export type { FakeLog, FakeServices } from './fake/fakeServices.js'
export type { FakeCaller } from './fake/fakeSessions.js'
