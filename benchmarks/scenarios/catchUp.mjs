import { setTimeout as sleep } from 'node:timers/promises'
import { askProcess } from '../lib/askProcess.mjs'

const CLIENTS_ON = 1
const MESSAGE = { text: 'See you on Thursday at five, if that still suits you.', n: 7 }

export const catchUp10k = catchUp(10_000, 500)
export const catchUp50k = catchUp(50_000, 2_500)

/** A client comes back to a room that has gone on; the rate limit of its session is not reached. */
function catchUp(count, target) {
  return {
    name: `catching up ${count.toLocaleString('en')} messages`,
    unit: 'ms',
    target,
    isAlone: true,
    rounds: 5,
    async prepare({ server, url, memo }) {
      const room = `public:away-${count}`
      memo.room = room
      memo.seq = 1
      await server.ask('publish', room, MESSAGE, 1)
      memo.reader = await askProcess('../load/roomReader.mjs', { processor: CLIENTS_ON })
      const [token] = await server.ask('tokens', 1)
      await memo.reader.ask('open', url, token, room, 0)
    },
    async measure({ server, memo }) {
      while ((await memo.reader.ask('position')) < memo.seq) await sleep(1)
      await memo.reader.ask('leave')
      await server.ask('publish', memo.room, MESSAGE, count)
      memo.seq += count
      return memo.reader.ask('comeBack', memo.seq)
    },
    finish: ({ memo }) => memo.reader.close(),
  }
}
