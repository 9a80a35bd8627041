import { coreContract } from '@yektayar/protocol'
import type { AnyContract } from '@yektayar/protocol'
import { FakeBackend } from './fakeBackend.js'
import { FakeClient } from './fakeClient.js'
import type { FakeClientOptions } from './fakeOptions.js'

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
  given: object = {},
): unknown {
  const { authenticate, authorize, product, ...options } = given as FakeClientOptions<AnyContract> // by the overloads
  const backend = new FakeBackend(contract, { authenticate, authorize, product })
  return new FakeClient(contract, backend, options)
}
