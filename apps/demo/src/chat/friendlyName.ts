/** What somebody without a name is called by, each with a text of the same key. */
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

/** What they are like. */
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

/** How many colours there are for people. */
const TONES = 6

/** How somebody is shown, in every language and on every page the same. */
export interface FriendlyName {
  readonly creature: (typeof creatures)[number]
  readonly quality: (typeof qualities)[number]
  /** Which of the colours for people is theirs, from 1. */
  readonly tone: number
}

/** Gives somebody a name by their id. Two may have the same one; the id is what counts. */
export function friendlyName(id: string): FriendlyName {
  const hash = hashOf(id)
  return {
    creature: creatures[hash % creatures.length] ?? creatures[0],
    quality: qualities[(hash >>> 8) % qualities.length] ?? qualities[0],
    tone: ((hash >>> 16) % TONES) + 1,
  }
}

/** FNV-1a, in 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash ^ (hash >>> 15)) >>> 0
}
