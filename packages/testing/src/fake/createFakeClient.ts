import { coreContract } from '@yektayar/protocol'
import type { AnyContract } from '@yektayar/protocol'
import { FakeClient } from './fakeClient.js'
import type { FakeClientOptions } from './fakeClientOptions.js'

/**
 * Creates a client for tests that needs no server, no network and no time: it is a `YektaYarSocket` in
 * all that an app can see, and has methods by which the test plays the server.
 *
 * @param contract what it checks inputs, results and events with. @default the core contract
 * @throws {YektaYarError} `invalid_options`
 */
export function createFakeClient(contract?: undefined, options?: FakeClientOptions): FakeClient
export function createFakeClient<Contract extends AnyContract>(
  contract: Contract,
  options?: FakeClientOptions<Contract>,
): FakeClient<Contract>
export function createFakeClient(
  contract: AnyContract = coreContract,
  options: object = {},
): unknown {
  return new FakeClient(contract, options)
}
