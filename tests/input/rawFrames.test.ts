import { expect, it } from 'vitest'
import { sendBytes } from './support/httpRequest.js'
import { startScene } from './support/scene.js'

const upgrade = Buffer.from(
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n' +
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
)

// Layout by RFC 6455: a byte with FIN and opcode, a byte with mask bit and length, a zero mask.
const frames: [what: string, hex: string][] = [
  ['a frame without a mask', '810134'],
  ['a reserved opcode', '83810000000034'],
  ['a reserved bit', 'c1810000000034'],
  ['a text that is no UTF-8', '8182000000003480'],
  ['a continuation of nothing', '80810000000034'],
  ['a new text inside a fragmented one', '0181000000003481810000000034'],
  ['a fragmented ping', '098000000000'],
  ['a ping that is too long', `89fe007e00000000${'00'.repeat(126)}`],
  ['a length beyond all memory', '81ff7fffffffffffffff00000000'],
  ['a length just over the limit', '81ff000000000001000100000000'],
  ['a close with half a code', '88810000000003'],
  ['a close with a forbidden code', '888200000000ffff'],
]

it.each(frames)('closes a websocket after %s', async (_what, hex) => {
  await using scene = await startScene()
  const said = await sendBytes(scene.url, Buffer.concat([upgrade, Buffer.from(hex, 'hex')]))
  expect(said).toMatch(/^HTTP\/1\.1 101 /)
})
