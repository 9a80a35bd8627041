export { assertDelivered } from './assertDelivered.js'
export { createFakeClient } from './fake/createFakeClient.js'
export { createFakeServer } from './fake/createFakeServer.js'
export { FakeClient } from './fake/fakeClient.js'
export { FakeServer } from './fake/fakeServer.js'
export { FakeUser } from './fake/fakeUser.js'
export { faultProxy } from './faultProxy.js'
export { roomyLimits } from './roomyLimits.js'
export { seededRandom } from './seededRandom.js'
export { startPostgres } from './startPostgres.js'
export { startTestServer } from './startTestServer.js'

export type { AssertDeliveredOptions } from './assertDelivered.js'
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
export type { Direction } from './faultPipe.js'
export type { FaultPlanOptions } from './faultPlan.js'
export type { FaultProxy, FaultProxyOptions } from './faultProxy.js'
export type {
  DropOptions,
  Fault,
  Faults,
  HangOptions,
  SilentOptions,
  StallOptions,
  SwallowOptions,
} from './faults.js'
export type { WebTraffic } from './faultWeb.js'
export type { SeededRandom } from './seededRandom.js'
export type { Span } from './span.js'
export type { PostgresOptions, TestPostgres } from './startPostgres.js'
export type { TestServer } from './startTestServer.js'
