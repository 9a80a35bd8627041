import { coreContract } from '@yektayar/protocol'
import type { AnyContract } from '@yektayar/protocol'
import { FakeClient } from './fakeClient.js'
import type { FakeClientOptions } from './fakeClientOptions.js'

/**
 * Creates a client for tests that needs no server, no network and no time. It behaves like a
 * `YektaYarSocket`, and has methods by which the test plays the server.
 *
 * @param contract for validating inputs, results and events. @default the core contract
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
