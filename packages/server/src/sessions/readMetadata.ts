import { describeIssues, SessionMetadata, validate } from '@yektayar/protocol'
import { CommandError } from '../shared/commandError.js'

/**
 * Validates metadata for the store. Properties that are `undefined` are left out.
 *
 * @throws {CommandError} `invalid_input`
 */
export async function readMetadata(metadata: unknown): Promise<SessionMetadata> {
  const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
  const facts = isObject && Object.entries(metadata).filter(([, fact]) => fact !== undefined)
  const checked = await validate(SessionMetadata, facts ? Object.fromEntries(facts) : metadata)
  if (checked.ok) return checked.value
  const { issues } = checked
  const message = describeIssues('The metadata is not flat JSON', issues)
  throw new CommandError('invalid_input', message, { data: { issues } })
}
