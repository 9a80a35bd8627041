/** The error for an invalid contract: a reserved, empty or duplicate name, or an invalid pattern. */
export class ContractError extends Error {
  readonly code = 'invalid_contract'
  override readonly name = 'ContractError'
}
