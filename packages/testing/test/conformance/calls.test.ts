import { coreContract } from '@yektayar/protocol'
import type { ContractPart } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { eventually, rejection } from '../support/stage.js'
import { stages } from '../support/stages.js'

describe.each(stages)('a call of $name', ({ start }) => {
  it('of the guide is answered as the contract says', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const { timestamp } = await client.ping()
    const status = await client.getStatus()
    const info = await client.getInfo()
    const echoed = await client.echo({ a: [1, null] })
    const receipt = await client.sendMessage({ text: 'hi' })
    const part: ContractPart = 'output'
    const answers = { ping: { timestamp }, status, info, echo: echoed, message: receipt }
    for (const [name, answer] of Object.entries(answers)) {
      expect(await coreContract.check(part, name, answer)).toEqual({ ok: true, value: answer })
    }
    expect(status.connection).toMatchObject({
      ...{ socketId: client.socket?.id, userId: null, isLoggedIn: false },
    })
    expect(status.connection.rooms).toContain(client.socket?.id)
    expect(info.session.sessionToken).toBe(`***${status.connection.sessionToken.slice(-6)}`)
    expect(echoed).toMatchObject({ received: { a: [1, null] }, socketId: client.socket?.id })
    expect(receipt).toMatchObject({ success: true, data: { text: 'hi' } })
    expect(status.server.name).toBe('YektaYar API Server')
  })

  it('of an app’s own command is answered by its handler', async () => {
    await using stage = await start()
    await stage.client.connect()
    expect(await stage.client.call('note:add', { text: 'a' })).toEqual({ id: 1, text: 'a' })
    expect(stage.backend.notes).toEqual(['a'])
  })

  it('is refused where its input breaks the contract', async () => {
    await using stage = await start()
    await stage.client.connect()
    expect(await rejection(stage.client.call('note:add', { text: '' }))).toMatchObject({
      code: 'invalid_input',
      retryable: false,
      mayHaveRun: false,
      data: { issues: [{ path: 'text' }] },
    })
    expect(stage.backend.notes).toEqual([])
  })

  it('is refused with all that the handler says of it', async () => {
    await using stage = await start()
    await stage.client.connect()
    expect(await rejection(stage.client.call('note:add', { text: 'taken' }))).toMatchObject({
      code: 'conflict',
      message: 'note:add: There is one already',
      hint: 'Wait',
      data: { id: 7 },
      retryable: false,
      mayHaveRun: false,
    })
  })

  it.each(['broken', 'lie'])('whose handler is %s may have run', async (text) => {
    await using stage = await start()
    await stage.client.connect()
    expect(await rejection(stage.client.call('note:add', { text }))).toMatchObject({
      code: 'internal_error',
      retryable: false,
      mayHaveRun: true,
    })
  })

  it('of a command that is not there is refused', async () => {
    await using stage = await start()
    await stage.client.connect()
    expect(await rejection(stage.client.call('nothing' as 'ping'))).toMatchObject({
      code: 'unknown_command',
      message: 'nothing: The server has no such command',
      mayHaveRun: false,
    })
  })

  it('of a mistyped command names the nearest one', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const error = {
      code: 'unknown_command',
      message: 'noet:add: The server has no such command. Did you mean "note:add"?',
    }
    expect(await rejection(client.call('noet:add' as 'note:add', { text: 'a' }))).toMatchObject(
      error,
    )
    const queued = client.call('noet:add' as 'note:add', { text: 'a' }, { delivery: 'once' })
    expect(await rejection(queued)).toMatchObject(error)
  })

  it('is refused at once while nobody has called connect()', async () => {
    await using stage = await start()
    expect(await rejection(stage.client.ping())).toMatchObject({
      code: 'not_connected',
      hint: 'Call connect() first',
      retryable: true,
    })
  })

  it('waits for the connection that is under way', async () => {
    await using stage = await start()
    void stage.client.connect()
    expect(await stage.client.echo('early')).toMatchObject({ received: 'early' })
  })

  it('times out unsent while there is no connection', async () => {
    await using stage = await start()
    await stage.client.connect()
    await stage.drop()
    expect(await rejection(stage.client.echo('x', { timeoutMs: 20 }))).toMatchObject({
      code: 'timeout',
      retryable: true,
      mayHaveRun: false,
    })
  })

  it('may have run when its time or its signal ends it after it was sent', async () => {
    await using stage = await start()
    const { client, backend } = stage
    await client.connect()
    const controller = new AbortController()
    const timedOut = rejection(client.call('note:add', { text: 'slow' }, { timeoutMs: 20 }))
    const aborted = rejection(
      client.call('note:add', { text: 'slow' }, { signal: controller.signal }),
    )
    await client.ping()
    controller.abort()
    expect(await timedOut).toMatchObject({ code: 'timeout', mayHaveRun: true })
    expect(await aborted).toMatchObject({ code: 'aborted', mayHaveRun: true })
    backend.release()
    await eventually(() => {
      expect(backend.notes).toEqual(['slow', 'slow'])
    })
  })

  it('is not sent with a signal that is aborted already', async () => {
    await using stage = await start()
    await stage.client.connect()
    const call = stage.client.call('note:add', { text: 'a' }, { signal: AbortSignal.abort() })
    expect(await rejection(call)).toMatchObject({ code: 'aborted', mayHaveRun: false })
    await stage.client.ping()
    expect(stage.backend.notes).toEqual([])
  })

  it('may have run when the connection is lost before its answer', async () => {
    await using stage = await start()
    await stage.client.connect()
    const call = rejection(stage.client.call('note:add', { text: 'slow' }))
    await stage.client.ping()
    await stage.drop()
    expect(await call).toMatchObject({
      code: 'connection_lost',
      retryable: true,
      mayHaveRun: true,
    })
  })

  it('is refused before it is sent where no server would take it', async () => {
    await using stage = await start()
    await stage.client.connect()
    const large = stage.client.echo('é'.repeat(33_000))
    expect(await rejection(large)).toMatchObject({ code: 'payload_too_large', mayHaveRun: false })
    const circular: Record<string, never> = {}
    Object.assign(circular, { circular })
    expect(await rejection(stage.client.echo(circular))).toMatchObject({ code: 'invalid_input' })
  })

  it('of the plain socket is answered by an acknowledgement or by its reply event', async () => {
    await using stage = await start()
    await stage.client.connect()
    const { socket } = stage.client
    const pong = vi.fn()
    const failed = vi.fn()
    socket?.on('pong', pong)
    socket?.on('command:failed', failed)
    expect(await socket?.emitWithAck('echo', 'x')).toMatchObject({
      ok: true,
      data: { received: 'x' },
    })
    socket?.emit('ping')
    socket?.emit('note:add', { text: 'taken' })
    await eventually(() => {
      expect(pong).toHaveBeenCalledWith({ timestamp: expect.any(String) as string })
      expect(failed).toHaveBeenCalledWith({
        command: 'note:add',
        error: expect.objectContaining({ code: 'conflict' }) as object,
      })
    })
  })

  it.each([
    ['an app’s mistake', 'broken'],
    ['a result that breaks the contract', 'lie'],
  ])('tells the caller nothing of %s but what to do', async (_what, text) => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const error = {
      code: 'internal_error',
      hint: 'The server log has the cause; the request may have had an effect',
      data: undefined,
    }
    expect(await rejection(client.call('note:add', { text }))).toMatchObject(error)
    expect(await rejection(client.call('note:save', { text }))).toMatchObject(error)
  })

  it('that is refused says why in the same words', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    expect(await client.socket?.emitWithAck('note:add', { text: 5 as unknown as string })).toEqual({
      ok: false,
      error: {
        code: 'invalid_input',
        message: 'Invalid input at "text": expected string, received number',
        retryable: false,
        data: {
          issues: [{ path: 'text', message: 'Invalid input: expected string, received number' }],
        },
      },
    })
    const names: string[] = []
    client.socket?.on('command:failed', ({ command }) => names.push(command))
    client.socket?.emit('n'.repeat(70) as 'ping')
    await eventually(() => {
      expect(names).toEqual(['n'.repeat(64)])
    })
  })

  it.each([
    [
      'more than one payload',
      ['a', 'b'],
      'A command takes one payload argument at most',
      'Put several values into one object; the acknowledgement must be a function',
    ],
    [
      'an own key __proto__',
      [{ deep: [JSON.parse('{"__proto__":{}}')] }],
      'The input contains a reserved key',
      undefined,
    ],
    [
      'a constructor with a prototype',
      [{ constructor: { prototype: {} } }],
      'The input contains a reserved key',
      undefined,
    ],
  ])('with %s is refused before a schema sees it', async (_what, payloads, message, hint) => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const emit = (name: string) =>
      new Promise<unknown>((resolve) => {
        // Untyped, as in plain JavaScript.
        const socket = client.socket as unknown as { emit(...packet: unknown[]): void }
        socket.emit(name, ...payloads, resolve)
      })
    const error = { code: 'invalid_input', message, retryable: false, ...(hint && { hint }) }
    expect(await emit('echo')).toEqual({ ok: false, error })
    expect(await emit('nothing')).toMatchObject({ error: { code: 'unknown_command' } })
  })

  it('may have a key that only looks like a reserved one', async () => {
    await using stage = await start()
    await stage.client.connect()
    const odd = { prototype: 1, constructor: 'x', text: '__proto__' }
    expect(await stage.client.echo(odd)).toMatchObject({ received: odd })
  })
})
