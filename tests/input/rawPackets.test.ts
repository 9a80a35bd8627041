import { describe, expect, it } from 'vitest'
import { checkAnswer } from './support/answers.js'
import { startScene, withBinary } from './support/scene.js'

const PROBE = '4299999["ping"]'
const PROBE_ANSWER = '4399999['

const closing: [what: string, ...frames: (string | Buffer)[]][] = [
  ['an empty frame', ''],
  ['an unknown engine packet type', '9'],
  ['an engine packet type that is no digit', 'x'],
  ['a NUL byte', '\u0000'],
  ['an engine ping from the wrong side', '2'],
  ['a message without a packet', '4'],
  ['an unknown packet type', '47'],
  ['a packet type that is no digit', '4x["ping"]'],
  ['JSON cut off', '42["ping"'],
  ['JSON with a trailing comma', '42["ping",]'],
  ['an object for an event', '42{"0":"ping"}'],
  ['a text for an event', '42"ping"'],
  ['null for an event', '42null'],
  ['an event without a name', '42[]'],
  ['a second CONNECT', '40'],
  ['a second CONNECT with a token', '40{"token":"x"}'],
  ['CONNECT with an array', '40[]'],
  ['CONNECT with a text', '40"token"'],
  ['CONNECT with null', '40null'],
  ['DISCONNECT with a payload', '41["now"]'],
  ['CONNECT_ERROR from the client', '44{"message":"no"}'],
  ['an event in a namespace that was not joined', '42/admin,["ping"]'],
  ['a DISCONNECT from a namespace that was not joined', '41/admin,'],
  ['an acknowledgement that is no array', '431{}'],
  ['a binary event without a count', '45["echo"]'],
  ['a binary event with a negative count', '45-1-["echo"]'],
  ['a binary event with a fraction for a count', '451.5-["echo"]'],
  ['a binary event with no attachments', '450-["echo"]'],
  ['a binary event with too many attachments', '4511-["echo"]'],
  ['a binary event with a huge count', '4599999999999-["echo"]'],
  ['a binary event cut off in its count', '451'],
  ['a binary event with a word for a count', '45NaN-["echo"]'],
  ['a text where an attachment is due', '451-["echo",{"_placeholder":true,"num":0}]', PROBE],
  ['an attachment out of nowhere', Buffer.from('attachment')],
  ['an empty attachment out of nowhere', Buffer.alloc(0)],
  [
    'a placeholder beyond the attachments',
    '451-["echo",{"_placeholder":true,"num":1}]',
    Buffer.from('a'),
  ],
  [
    'a placeholder with a negative number',
    '451-["echo",{"_placeholder":true,"num":-1}]',
    Buffer.from('a'),
  ],
  [
    'a placeholder with a text for a number',
    '451-["echo",{"_placeholder":true,"num":"__proto__"}]',
    Buffer.from('a'),
  ],
]

const harmless: [what: string, ...frames: (string | Buffer)[]][] = [
  ['an engine pong that nobody asked for', '3'],
  ['an engine close, which only polling has', '1'],
  ['an engine noop', '6'],
  ['an engine upgrade', '5'],
  ['an acknowledgement that nobody asked for', '431[{"ok":true}]'],
  ['an acknowledgement with a huge id', `43${'9'.repeat(400)}[1]`],
  ['an acknowledgement without an id', '43[1]'],
  ['an acknowledgement without data', '431'],
  ['an acknowledgement of __proto__', '430[{"__proto__":{"polluted":true}}]'],
  [
    'a binary acknowledgement that nobody asked for',
    '461-1[{"_placeholder":true,"num":0}]',
    Buffer.from('a'),
  ],
  ['CONNECT to an unknown namespace', '40/admin,'],
  ['CONNECT to a namespace named __proto__', '40/__proto__,{}'],
  ['CONNECT to a namespace with a long name', `40/${'n'.repeat(10_000)},`],
  ['CONNECT to a namespace with a query', '40/?token=x,'],
  ['a binary event without data', '451-', Buffer.from('a')],
  [
    'a binary event with a fraction for a placeholder',
    '451-["echo",{"_placeholder":true,"num":0.5}]',
    Buffer.from('a'),
  ],
]

describe('an admitted connection', () => {
  it.each(closing)('is closed cleanly after %s', async (_what, ...frames) => {
    await using scene = await startScene()
    const raw = await scene.admittedRaw()
    for (const frame of frames) raw.send(frame)
    await raw.closed
  })

  it.each(harmless)('goes on after %s', async (_what, ...frames) => {
    await using scene = await startScene(withBinary)
    const raw = await scene.admittedRaw()
    for (const frame of frames) raw.send(frame)
    raw.send(PROBE)
    const frame = (await raw.next(PROBE_ANSWER)) ?? ''
    expect(checkAnswer((JSON.parse(frame.slice(7)) as unknown[])[0])).toMatchObject({ ok: true })
  })

  it('is told of an unknown namespace and stays in its own', async () => {
    await using scene = await startScene()
    const raw = await scene.admittedRaw()
    raw.send('40/admin,{"token":"x"}')
    expect(await raw.next('44/admin,')).toBe('44/admin,{"message":"Invalid namespace"}')
    raw.send(PROBE)
    expect(await raw.next(PROBE_ANSWER)).toBeDefined()
  })

  it('is not served any more after its DISCONNECT', async () => {
    await using scene = await startScene()
    const raw = await scene.admittedRaw()
    raw.send('41')
    raw.send(PROBE)
    raw.send('40/admin,')
    await raw.next('44/admin,')
    expect(raw.frames.filter((frame) => frame.startsWith(PROBE_ANSWER))).toEqual([])
  })
})

describe('a connection that is not admitted', () => {
  it.each([
    ['a command', '421["ping"]'],
    ['a DISCONNECT', '41'],
    ['an acknowledgement', '431[1]'],
    ['a CONNECT_ERROR', '44{}'],
    ['a binary event', '451-["echo",{"_placeholder":true,"num":0}]'],
    ['garbage', 'garbage'],
  ])('is closed without an answer to %s', async (_what, packet) => {
    await using scene = await startScene()
    const raw = await scene.raw()
    raw.send(packet)
    if (packet.startsWith('45')) raw.send(Buffer.from('a'))
    await raw.closed
    expect(raw.frames.filter((frame) => frame.startsWith('4'))).toEqual([])
  })

  it('is closed when its command overtakes the check of its token', async () => {
    await using scene = await startScene()
    const raw = await scene.raw()
    raw.send(`40${JSON.stringify({ token: await scene.acquireToken() })}`)
    raw.send('421["ping"]')
    await raw.closed
    expect(raw.frames.some((frame) => frame.startsWith('431'))).toBe(false)
  })

  it('may ask again after a refusal', async () => {
    await using scene = await startScene()
    const raw = await scene.raw()
    raw.send('40{"token":"wrong"}')
    expect(await raw.next('44')).toContain('token_invalid')
    raw.send(`40${JSON.stringify({ token: await scene.acquireToken() })}`)
    expect(await raw.next('42["connected"')).toBeDefined()
  })

  it('does no harm when it connects many times at once', async () => {
    await using scene = await startScene()
    const raw = await scene.raw()
    const connect = `40${JSON.stringify({ token: await scene.acquireToken() })}`
    for (let index = 0; index < 20; index += 1) raw.send(connect)
    await raw.next('42["connected"')
    raw.close()
    await raw.closed
    const other = await scene.attacker()
    expect(await other.emitWithAck('info')).toMatchObject({
      data: { websocket: { activeConnections: 2 } },
    })
  })
})
