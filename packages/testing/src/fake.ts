export { createFakeClient } from './fake/createFakeClient.js'
export { FakeClient } from './fake/fakeClient.js'

export type { FakeClientOptions, FakeHandler } from './fake/fakeClientOptions.js'
export type { FakeCaller, FakeFailureOptions, FakeHandlerContext } from './fake/fakeCommands.js'
export type { FakeAuthenticate } from './fake/fakeFetch.js'
export type { FakeAuthorize, FakeServerOptions } from './fake/fakeServer.js'
