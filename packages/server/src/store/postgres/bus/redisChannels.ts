/** Into how many channels rooms are divided. */
const SHARDS = 64

/** The names of channels in Redis. */
export interface RedisChannels {
  readonly all: string
  ofRoom(this: void, room: string): string
}

/** @param service what tells the services on one Redis apart */
export function channelsOf(service: string): RedisChannels {
  return {
    all: `yektayar:${service}:all`,
    ofRoom: (room) => `yektayar:${service}:rooms:${String(hash(room) % SHARDS)}`,
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0
  }
  return value
}
