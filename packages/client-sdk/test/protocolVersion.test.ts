import { PROTOCOL_VERSION } from '@yektayar/protocol'
import { expect, it } from 'vitest'
import { rejection, startServer } from './support/server.js'

it('a client names its version of the protocol, and a server that does not speak it stops it', async () => {
  await using context = await startServer()
  const presented: unknown[] = []
  context.server.io.use((socket, next) => {
    presented.push(socket.handshake.auth.protocol)
    const data = { code: 'upgrade_required', message: 'Too old', retryable: false, hint: 'Reload' }
    next(Object.assign(new Error(data.message), { data }))
  })
  const client = context.client()
  expect(await rejection(client.connect())).toMatchObject({
    code: 'upgrade_required',
    hint: 'Reload',
    retryable: false,
  })
  expect(client.getSnapshot()).toMatchObject({ status: 'stopped', reason: 'upgrade_required' })
  expect(presented).toEqual([PROTOCOL_VERSION])
})
