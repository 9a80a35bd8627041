import { json } from '../json.js'
import type { Json } from '../json.js'
import { isRoomName } from '../roomName.js'
import { refusals } from './refusals.js'
import type { Refusal } from './refusals.js'

/** Why a message cannot be published, if there is a reason: its data, or the name of its room. */
export function refusalOfMessage(
  room: unknown,
  data: unknown,
  maxDepth: number,
): Refusal | undefined {
  const checked = json['~standard'].validate(data)
  if ('then' in checked || checked.issues) return refusals.dataNotJson
  if (isDeeper(checked.value, maxDepth)) return refusals.dataTooDeep
  return isRoomName(room) ? undefined : refusals.notARoomName
}

function isDeeper(value: Json | undefined, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return (
    depth === 0 ||
    Object.values(value).some((child: Json | undefined) => isDeeper(child, depth - 1))
  )
}
