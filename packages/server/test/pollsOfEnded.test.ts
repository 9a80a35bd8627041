import { expect, it } from 'vitest'
import { ROOM } from './support/roomClient.js'
import { startServer } from './support/server.js'

it('a client by polling gets nothing of a room any more once its session has ended', async () => {
  await using context = await startServer()
  const { token } = await context.acquire()
  const address = `${context.url}/socket.io/?EIO=4&transport=polling`
  const opened = await (await fetch(address)).text()
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string } // of Engine.IO's handshake
  const poll = async () => (await fetch(`${address}&sid=${sid}`)).text()
  const send = (body: string) => fetch(`${address}&sid=${sid}`, { method: 'POST', body })
  await send(`40${JSON.stringify({ token })}`)
  while (!(await poll()).includes('"connected"'));
  await send(`420${JSON.stringify(['room:join', { room: ROOM }])}`)
  while (!(await poll()).includes('430'));
  await context.server.publish(ROOM, 'a secret') // it waits for the next poll
  await send(`421${JSON.stringify(['ping'])}`)
  const session = await context.server.sessions.findByToken(token)
  await context.server.sessions.end(session?.id ?? '')
  const packets = await poll()
  expect(packets).toContain('431[{"ok":true')
  expect(packets).toContain('"session:ended"')
  expect(packets).not.toContain('room:')
})
