import { describe, expect, it } from 'vitest'
import { runDoctor } from './support/runDoctor.js'
import { scriptedPrompts } from './support/scriptedPrompts.js'
import { startServer, stoppedServer } from './support/startServer.js'

describe('the interactive mode', () => {
  it('does what it is asked for until its user quits', async () => {
    await using server = await startServer()
    const { prompts, shown, statuses } = scriptedPrompts(
      ['status', 'ping', 'echo', 'message', 'quit'],
      ['{ "a": 1 }', 'plain text'],
    )
    const { exitCode } = await runDoctor([server.url], { prompts })
    expect(exitCode).toBe(0)
    expect(shown.map(({ title }) => title.replace(/\d+ ms/, 'n ms'))).toEqual([
      'status: answered in n ms',
      'ping: answered in n ms',
      'echo: answered in n ms',
      'message: answered in n ms',
    ])
    expect(shown[2]?.text).toContain('"a": 1')
    expect(shown[3]?.text).toContain('"data": "plain text"')
    expect(statuses[0]).toMatch(/^connected · websocket/)
  })

  it('masks the token in what the server answers', async () => {
    await using server = await startServer()
    const { token } = await server.server.sessions.acquire()
    const { prompts, shown } = scriptedPrompts(['status', 'quit'])
    await runDoctor([server.url, '--token', token], { prompts })
    expect(shown[0]?.text).toContain(`"sessionToken": "***${token.slice(-6)}"`)
    expect(JSON.stringify(shown)).not.toContain(token)
  })

  it('sends any event and shows the server’s own answer to it', async () => {
    await using server = await startServer()
    const { prompts, shown } = scriptedPrompts(
      ['custom', 'custom', 'quit'],
      ['info', '', 'room:paint', '{ "colour": "red" }'],
    )
    await runDoctor([server.url], { prompts })
    expect(shown.map(({ verdict }) => verdict)).toEqual(['passed', 'failed'])
    expect(shown[0]?.text).toContain('"description"')
    expect(shown[1]?.title).toBe('room:paint: unknown_command')
  })

  it('opens another connection', async () => {
    await using server = await startServer()
    const { prompts, shown } = scriptedPrompts(['reconnect', 'status', 'quit'])
    await runDoctor([server.url], { prompts })
    // The JSON that the reconnect action prints.
    const { socketId } = JSON.parse(shown[0]?.text ?? '') as { socketId: string }
    const status = shown.find(({ title }) => title.startsWith('status'))
    expect(status?.text).toContain(socketId)
  })

  it('shows what the server sent by itself', async () => {
    await using server = await startServer()
    const { prompts, shown } = scriptedPrompts(['ping', 'ping', 'quit'], [], (count) => {
      if (count === 1) server.server.io.emit('connected', welcome)
    })
    await runDoctor([server.url], { prompts })
    expect(shown.map(({ title }) => title)).toContain('event connected')
  })

  it('goes back to the choice when a question is cancelled', async () => {
    await using server = await startServer()
    const { prompts, shown } = scriptedPrompts(['echo', 'custom', 'quit'], [undefined, undefined])
    const { exitCode } = await runDoctor([server.url], { prompts })
    expect(exitCode).toBe(0)
    expect(shown).toEqual([])
  })

  it('says within its time that the server has gone', async () => {
    await using server = await startServer()
    const { prompts, shown } = scriptedPrompts(['ping', 'quit'], [], () => server.server.close())
    await runDoctor([server.url, '--timeout', '0.5'], { prompts })
    // The server's warning that it is about to close may be shown as well.
    const ping = shown.find(({ title }) => title.startsWith('ping: '))
    expect(ping?.verdict).toBe('failed')
    expect(ping?.title).toMatch(/^ping: (timeout|connection_lost|server_draining)$/)
  })

  it('is not offered without a connection', async () => {
    const url = await stoppedServer()
    const { prompts, statuses } = scriptedPrompts([])
    const { exitCode, output } = await runDoctor([url], { prompts })
    expect(exitCode).toBe(1)
    expect(statuses).toEqual([])
    expect(output).toContain('needs a connection')
  })

  it.each(['--ci', '--json'])('is not offered with %s', async (flag) => {
    await using server = await startServer()
    const { prompts, statuses } = scriptedPrompts([])
    const { output } = await runDoctor([server.url, flag], { prompts })
    expect(statuses).toEqual([])
    expect(output).toContain(`not with ${flag}`)
  })
})

const welcome = { message: 'Hello again', socketId: 'someone', isLoggedIn: false }
