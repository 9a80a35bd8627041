import { createFakeClient } from '../../src/fake.js'
import { Backend, contract } from './stage.js'
import type { StartStage } from './stage.js'

/** A stage with the fake client, controlled by the fake's own methods. */
export const fakeStage: StartStage = (options = {}) => {
  const backend = new Backend()
  const { authenticate, authorize, commands } = backend
  const fake = createFakeClient(contract, { ...options, authenticate, authorize, commands })
  let people = 0
  return Promise.resolve({
    client: fake,
    backend,
    url: fake.url,
    emit: (id, text) => fake.emit('note:added', { id, text }),
    publish: (room, data) => fake.publish(room as 'public:any', data),
    async arrive(room) {
      const member = `session:${String(++people)}`
      await fake.presence(room, member, true)
      return {
        member,
        typing: (isTyping) => fake.typing(room, member, isTyping),
        show: (presence) => fake.presence(room, member, true, presence),
        leave: () => fake.presence(room, member, false),
      }
    },
    truncate(room, kept) {
      fake.truncate(room, kept)
      return Promise.resolve()
    },
    replaceStore() {
      fake.replaceStore()
      return Promise.resolve()
    },
    drop: () => fake.drop(),
    restore: () => {
      fake.restore()
    },
    goOffline: () => fake.goOffline(),
    goOnline: () => {
      fake.goOnline()
    },
    disconnectByServer: () => fake.disconnectByServer(),
    endSession: (code) => fake.endSession(code),
    changeUser: (userId) => fake.changeUser(userId),
    changeUserElsewhere: async (userId) =>
      (await fake.changeUser(userId, { isElsewhere: true })) ?? {},
    signInElsewhere(userId) {
      fake.issueToken(userId)
      return Promise.resolve()
    },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  })
}
