import { copyJson } from '../copyJson.js'
import type { Json } from '../jsonValue.js'
import { isRoomName } from '../roomName.js'
import type { ValidationIssue } from '../validationIssue.js'
import { refusals } from './refusals.js'
import type { Refusal } from './refusals.js'

/** A message as it can be published, or why it cannot. */
export type PublishedData =
  | { readonly ok: true; readonly data: Json }
  | {
      readonly ok: false
      readonly refusal: Refusal
      /** What is not JSON, where that is the reason. */
      readonly issues: readonly ValidationIssue[]
      readonly cause: unknown
    }

/** Copies what is to be published in a room; its data may be no JSON, and the room's name no name. */
export function readPublished(room: unknown, data: unknown, maxDepth: number): PublishedData {
  const copy = copyJson(data, maxDepth)
  if (!copy.ok) return notPublished(copy.issue, copy.cause)
  const { value, reserved } = copy
  if (reserved !== undefined) return notPublished({ path: reserved, message: 'is a reserved key' })
  if (isRoomName(room)) return { ok: true, data: value }
  return { ok: false, refusal: refusals.notARoomName, issues: [], cause: undefined }
}

function notPublished(issue: ValidationIssue, cause?: unknown): PublishedData {
  const message = `${issue.path || 'the data'} ${issue.message}`
  return { ok: false, refusal: { code: 'invalid_input', message }, issues: [issue], cause }
}
