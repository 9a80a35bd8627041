import { coreContract, extendContract } from '@yektayar/protocol'
import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

const contract = extendContract(coreContract, { events: { 'case:closed': z.null() } })

interface Broadcast {
  readonly flags?: { readonly local?: boolean }
}

type AdapterClass = new (...args: unknown[]) => {
  broadcast(packet: { data: [string] }, options: Broadcast): void
}

it('tells its own clients what each node tells its own, whatever adapter Socket.IO has', async () => {
  await using context = await startServer({ contract, limits: { presenceIntervalMs: 1 } })
  const { io } = context.server
  const told = { here: new Set<string>(), everywhere: new Set<string>() }
  const InMemory = io.of('/').adapter.constructor as AdapterClass
  class ManyNodes extends InMemory {
    override broadcast(packet: { data: [string] }, options: Broadcast): void {
      told[options.flags?.local ? 'here' : 'everywhere'].add(packet.data[0])
      super.broadcast(packet, options)
    }
  }
  io.adapter(ManyNodes as never)
  const reader = await roomClient(context)
  // With a listener, messages are sent as events.
  io.sockets.sockets.get(reader.socket.id ?? '')?.onAnyOutgoing(() => undefined)
  await reader.join(ROOM)
  const writer = await roomClient(context)
  await writer.join(ROOM)
  await writer.send(ROOM, 'hello')
  writer.socket.emit('room:typing' as 'ping', { room: ROOM, isTyping: true } as never)
  await context.server.emit('case:closed', null, { to: { room: ROOM } })
  await vi.waitFor(() => {
    expect(told.here).toContain('room:typing')
    expect(told.here).toContain('room:presence')
  })
  await context.server.close()
  expect([...told.here].sort()).toEqual([
    'case:closed',
    'room:message',
    'room:presence',
    'room:typing',
    'server:draining',
  ])
  expect([...told.everywhere]).toEqual([])
})
