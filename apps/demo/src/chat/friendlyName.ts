import type { Json } from '../realtimeTypes.js'

/** The animals that name people without a user; each is the key of a text. */
export const creatures = [
  'crane',
  'deer',
  'dolphin',
  'finch',
  'fox',
  'hedgehog',
  'heron',
  'koala',
  'otter',
  'owl',
  'panda',
  'rabbit',
  'robin',
  'squirrel',
  'swan',
  'turtle',
] as const

/** The qualities that name them, also keys of texts. */
export const qualities = [
  'brave',
  'bright',
  'calm',
  'cheerful',
  'curious',
  'gentle',
  'kind',
  'merry',
  'patient',
  'quiet',
  'silver',
  'steady',
  'sunny',
  'thoughtful',
  'warm',
  'wise',
] as const

/** The generated name of a person, as they show it to others: the keys of texts of each language. */
export interface FriendlyName {
  readonly creature: (typeof creatures)[number]
  readonly quality: (typeof qualities)[number]
}

/** Derives a name from an id. Two ids may have the same name, so compare people by id. */
export function friendlyName(id: string): FriendlyName {
  const hash = hashOf(id)
  return {
    creature: creatures[hash % creatures.length] ?? creatures[0],
    quality: qualities[(hash >>> 8) % qualities.length] ?? qualities[0],
  }
}

/** The name that a member shows; `undefined` if it is none. */
export function readName(presence: Json | undefined): FriendlyName | undefined {
  const shown = (presence ?? {}) as Partial<Record<keyof FriendlyName, Json>> // looked at below
  const creature = creatures.find((name) => name === shown.creature)
  const quality = qualities.find((name) => name === shown.quality)
  return creature && quality && { creature, quality }
}

/** The 32-bit FNV-1a hash. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash ^ (hash >>> 15)) >>> 0
}
