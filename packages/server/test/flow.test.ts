import type { Socket as TcpSocket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../src/socketio/connection.js'
import { startFlow } from '../src/socketio/flow.js'

const KB = 1024

/** The flow of a WebSocket over a fake TCP socket that records writes. */
function flowWith() {
  const written: Buffer[] = []
  const tcp = {
    destroyed: false,
    writable: true,
    writableLength: 0,
    cork: () => undefined,
    uncork: () => undefined,
    write: (bytes: Buffer) => written.push(bytes),
  } as unknown as TcpSocket
  const conn = {
    transport: { name: 'websocket', writable: true, socket: { _socket: tcp } },
  } as unknown as Connection['conn']
  const flow = startFlow(conn, { slowBytes: 256 * KB, burstBytes: KB * KB, looks: 0 })
  const marks = (): Buffer[] => written.filter((bytes) => bytes[0] === 0x89)
  return {
    flow,
    marks,
    send: (bytes: number) => {
      flow.write(tcp, Buffer.alloc(bytes, 0x81))
    },
    /** Answers the mark at this index. */
    answer: (index: number) => flow.answered(marks()[index]?.subarray(2) ?? Buffer.alloc(0)),
  }
}

describe('the flow of a connection', () => {
  it('learns from answered marks how much the peer has read, and from no other pong', () => {
    const { flow, marks, send, answer } = flowWith()
    for (let count = 0; count < 40; count++) send(10 * KB)
    expect(flow.backlog).toBe(400 * KB)
    expect(marks().length).toBeGreaterThan(8)
    expect(flow.answered(Buffer.from('none'))).toBe(false)
    expect(flow.answered(Buffer.alloc(0))).toBe(false)
    expect(flow.backlog).toBe(400 * KB)
    expect(answer(3)).toBe(true) // a peer may answer only the newest ping
    expect(answer(1)).toBe(false)
    expect(flow.backlog).toBeLessThan(300 * KB)
    expect(answer(marks().length - 1)).toBe(true)
    expect(flow.backlog).toBeLessThan(32 * KB)
  })

  it('has a mark at its end though more were due than may wait for an answer', () => {
    const { flow, marks, send, answer } = flowWith()
    for (let count = 0; count < 200; count++) send(10 * KB)
    const first = marks().length
    expect(first).toBe(16)
    expect(answer(first - 1)).toBe(true)
    expect(marks().length).toBe(first + 1)
    expect(flow.stride).toBe(flow.backlog)
    expect(answer(first)).toBe(true)
    expect(flow.backlog).toBe(0)
  })

  it('has room for a burst, for any one message, and for none while it is slow', () => {
    const { flow, send } = flowWith()
    expect(flow.hasRoomFor(0, 5 * KB * KB)).toBe(true)
    send(300 * KB)
    expect(flow.hasRoomFor(0, 700 * KB)).toBe(true)
    expect(flow.hasRoomFor(0, 800 * KB)).toBe(false)
    expect(flow.hasRoomFor(600 * KB, 200 * KB)).toBe(false)
    flow.isSlow = true
    expect(flow.hasRoomFor(0, 1)).toBe(false)
  })

  it('calls back once when the peer has read most of it', () => {
    const { flow, marks, send, answer } = flowWith()
    let calls = 0
    send(300 * KB)
    flow.isSlow = true
    flow.whenDrained(() => calls++)
    flow.settle()
    expect(calls).toBe(0)
    answer(marks().length - 1)
    answer(marks().length - 1)
    expect(calls).toBe(1)
    expect(flow.isSlow).toBe(false)
  })
})
