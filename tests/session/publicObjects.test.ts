import { join } from 'node:path'
import { inspect } from 'node:util'
import { memoryStorage, YektaYarSocket } from '@yektayar/client'
import { createServer } from '@yektayar/server'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const sources = join(import.meta.dirname, '../../packages/client-sdk/src')
const program = ts.createProgram([join(sources, 'index.ts')], {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
})

/** The members that an exported type documents. */
function documentedMembers(typeName: string): string[] {
  const checker = program.getTypeChecker()
  const index = program.getSourceFile(join(sources, 'index.ts'))
  const module = index && checker.getSymbolAtLocation(index)
  const alias = module && checker.getExportsOfModule(module).find(({ name }) => name === typeName)
  if (!alias) throw new Error(`The client exports no ${typeName}`)
  return checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(alias)))
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('#'))
    .map((name) => name.replace(/^__@(\w+)@\d+$/, 'Symbol(Symbol.$1)')) // the compiler's naming
    .sort()
}

/** Every key of an object, including those of its prototypes. */
function visibleKeys(value: object): string[] {
  const keys = new Set<string>()
  for (
    let holder: object | null = value;
    holder && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    for (const key of Reflect.ownKeys(holder)) keys.add(String(key))
  }
  keys.delete('constructor')
  return [...keys].sort()
}

interface Acquired {
  readonly token: string
}

/** @param isOwnToken whether the app supplies the token, instead of the client acquiring one */
async function startClient({ isOwnToken = false } = {}) {
  const server = await createServer({ databaseUrl: 'sqlite::memory:', port: 0, logLevel: 'silent' })
  const url = await server.listen()
  const acquired = await fetch(`${url}/api/session/acquire`, { method: 'POST' })
  const { token } = (await acquired.json()) as Acquired
  const client = new YektaYarSocket({
    ...{ url, storage: memoryStorage() },
    ...(isOwnToken && { token }),
  })
  await client.connect()
  return {
    client,
    publicObjects: {
      YektaYarSocket: client,
      ClientSession: client.session,
      ClientOutbox: client.outbox,
      ClientRoom: client.room('public:lobby'),
    } satisfies Record<string, object>,
    async [Symbol.asyncDispose]() {
      await client.disconnect()
      await server.close()
    },
  }
}

describe('what the client hands out', () => {
  it('has the documented members and no others', async () => {
    await using context = await startClient()
    for (const [typeName, value] of Object.entries(context.publicObjects)) {
      expect(visibleKeys(value), typeName).toEqual(documentedMembers(typeName))
    }
  })

  it.each([false, true])('does not show its token (one of the app: %s)', async (isOwnToken) => {
    await using context = await startClient({ isOwnToken })
    const { connection } = await context.client.getStatus()
    const token = connection.sessionToken
    expect(token).toHaveLength(43)
    await context.client.room('public:lobby').join()
    for (const [typeName, value] of Object.entries(context.publicObjects)) {
      const seen = [
        inspect(value, { depth: 20, showHidden: true, getters: true }),
        JSON.stringify(value),
      ]
      try {
        seen.push(inspect(structuredClone(value), { depth: 20 }))
      } catch {
        // An object with functions cannot be cloned.
      }
      expect(seen.join('\n').includes(token), typeName).toBe(false)
    }
  })

  it('cannot be changed, and its methods work on their own', async () => {
    await using context = await startClient()
    const { session, outbox } = context.client
    const room = context.client.room('public:lobby')
    for (const value of [session, outbox, room]) expect(Object.isFrozen(value)).toBe(true)
    expect([context.client.session, context.client.outbox]).toEqual([session, outbox])
    const { join: joinRoom, send, leave } = room
    await joinRoom()
    expect(await send('hello')).toMatchObject({ seq: 1 })
    await leave()
    const { list, subscribe } = session
    const told: unknown[] = []
    const stop = subscribe((snapshot) => told.push(snapshot))
    expect(await list()).toHaveLength(1)
    await session.renew()
    stop()
    expect(told.length).toBeGreaterThan(1)
    expect(told.at(-1)).toBe(session.getSnapshot())
  })
})
