import { YektaYarSocket } from '@yektayar/client'

/** The parts of a client that have members of their own. */
const partNames = ['session', 'outbox'] as const

const all = new Set<string>()
const used = new Set<string>()

/** The members of clients and their parts, as `room.send`, that nothing has used yet. */
export function unusedMembers(): string[] {
  return [...all].filter((name) => !used.has(name))
}

/** The same client, whose use is recorded: of itself, its session, its outbox and its rooms. */
export function recordUse<Client extends object>(client: Client): Client {
  const names = Object.getOwnPropertyNames(YektaYarSocket.prototype)
  return recorded('client', client, names, (name, value) => {
    const part = partNames.find((known) => known === name)
    if (part) return recordedPart(part, value as object) // they are objects
    if (name !== 'room') return value
    const open = value as (room: string) => object // the method of that name
    return (room: string) => recordedPart('room', open(room))
  })
}

function recordedPart<Part extends object>(kind: string, part: Part): Part {
  return recorded(kind, part, Object.keys(part), (_name, value) => value)
}

function recorded<Target extends object>(
  kind: string,
  target: Target,
  names: readonly string[],
  wrap: (name: string, value: unknown) => unknown,
): Target {
  for (const name of names) if (name !== 'constructor') all.add(`${kind}.${name}`)
  return new Proxy(target, {
    get(_target, name) {
      used.add(`${kind}.${String(name)}`)
      const value: unknown = Reflect.get(target, name, target)
      const isMethod = typeof value === 'function' && !Object.hasOwn(target, name)
      return wrap(String(name), isMethod ? (value.bind(target) as unknown) : value)
    },
  })
}
