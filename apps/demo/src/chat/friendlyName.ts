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

/** The number of colours for people. */
const TONES = 6

/** The generated name and colour of a person: the same in every language and on every page. */
export interface FriendlyName {
  readonly creature: (typeof creatures)[number]
  readonly quality: (typeof qualities)[number]
  /** The number of the person's colour, from 1. */
  readonly tone: number
}

/** Derives a name from an id. Two ids may have the same name, so compare people by id. */
export function friendlyName(id: string): FriendlyName {
  const hash = hashOf(id)
  return {
    creature: creatures[hash % creatures.length] ?? creatures[0],
    quality: qualities[(hash >>> 8) % qualities.length] ?? qualities[0],
    tone: ((hash >>> 16) % TONES) + 1,
  }
}

/** The 32-bit FNV-1a hash. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash ^ (hash >>> 15)) >>> 0
}
