import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import type { Schema } from '@yektayar/protocol'
import { YektaYarSocket } from '../src/index.js'

interface Message {
  text: string
}
declare const textInput: Schema<{ text: string }>
const contract = extendContract(coreContract, {
  commands: {
    'note:any': command({ input: json, output: json }),
    'note:add': command({ input: textInput, output: json }),
  },
})
declare const message: Message
const client = new YektaYarSocket({ contract })
const room = client.room('public:lobby')

// Interfaces are accepted as payloads wherever JSON is.
void client.echo(message)
void client.sendMessage(message, { timeoutMs: 1_000 })
void client.call('message', message)
void client.call('note:any', [message], { timeoutMs: 1_000 })
void client.call('note:add', message)
void client.call<'echo'>('echo', { text: 'x' })
void room.send(message)
void room.setPresence(message)
void room.join({ presence: message, timeoutMs: 1_000 })
void room.join({ presence: 'any JSON' })
void room.join({ presence: undefined })
void room.join({ timeoutMs: 1_000 })
void room.join()

// @ts-expect-error -- a function
void client.echo({ onClick: () => 1 })
// @ts-expect-error -- a Map
void client.sendMessage(new Map<string, string>())
// @ts-expect-error -- a Map
void client.call('note:any', { map: new Map<string, string>() })
// @ts-expect-error -- a file
void room.send({ avatar: new File([], 'a') })
// @ts-expect-error -- a function
void room.join({ presence: { onClick: () => 1 } })
// @ts-expect-error -- a wrong member
void client.call('note:add', { txet: 'x' })
// @ts-expect-error -- the input is missing
void client.call('note:any')
