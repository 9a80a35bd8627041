export { createFakeClient } from './fake/createFakeClient.js'
export { FakeClient } from './fake/fakeClient.js'
export { faultProxy } from './faultProxy.js'
export { roomyLimits } from './roomyLimits.js'
export { seededRandom } from './seededRandom.js'
export { startTestServer } from './startTestServer.js'

export type { FakeClientOptions, FakeHandler } from './fake/fakeClientOptions.js'
export type { FakeCaller, FakeFailureOptions, FakeHandlerContext } from './fake/fakeCommands.js'
export type { FakeAuthenticate } from './fake/fakeFetch.js'
export type { FakeAuthorize, FakeServerOptions } from './fake/fakeServer.js'
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
export type { TestServer } from './startTestServer.js'
