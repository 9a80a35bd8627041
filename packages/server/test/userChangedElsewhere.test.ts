import { describe, expect, it } from 'vitest'
import { kinds } from './support/openStores.js'
import { ROOM, roomClient } from './support/roomClient.js'
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

  it('close connections at the other one when the same user signs in again', async () => {
    const { servers, sessions, id } = await openScene()
    await using _servers = servers
    const signedIn = await sessions.signIn(id, 'sara')
    const outdated = await roomClient(servers.second, signedIn.token)
    const ended = new Promise((resolve) => outdated.socket.once('session:ended', resolve))
    const again = await sessions.signIn(signedIn.id, 'sara')
    expect(again.id).toBe(signedIn.id)
    const current = await roomClient(servers.second, again.token)
    expect(await ended).toEqual({ code: 'changed' })
    await sessions.renew(again.id, again.token)
    await new Promise((resolve) => setTimeout(resolve, 300)) // some polls
    await current.send(ROOM, 'still here')
  })

  it('tell them that their session has ended', async () => {
    const { servers, ended, id, sessions } = await openScene()
    await using _servers = servers
    await sessions.end(id)
    expect(await ended).toEqual({ code: 'ended' })
  })
})
