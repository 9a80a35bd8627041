import { describe, expect, it } from 'vitest'
import { kinds } from './support/openStores.js'
import { roomClient } from './support/roomClient.js'
import { twoServers } from './support/serversOnStore.js'

describe.each(kinds)('two servers on %s', (kind) => {
  /** A session with a connection to each server, and how the one to the second ended. */
  async function openScene() {
    const servers = await twoServers(kind)
    const { first, second, here } = servers
    const there = await roomClient(second, here.token)
    const ended = new Promise((resolve) => there.socket.once('session:ended', resolve))
    const session = await first.server.sessions.findByToken(here.token)
    return { servers, ended, id: session?.id ?? '', sessions: first.server.sessions }
  }

  it('tell connections at the other one that their user has changed', async () => {
    const { servers, ended, id, sessions } = await openScene()
    await using _servers = servers
    await sessions.signIn(id, 'sara')
    expect(await ended).toEqual({ code: 'changed' })
  })

  it('tell them that their session has ended', async () => {
    const { servers, ended, id, sessions } = await openScene()
    await using _servers = servers
    await sessions.end(id)
    expect(await ended).toEqual({ code: 'ended' })
  })
})
