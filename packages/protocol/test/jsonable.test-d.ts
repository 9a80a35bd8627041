import type { Jsonable } from '../src/index.js'

interface Reply {
  readonly text: string
  readonly tags?: string[]
}
interface Message {
  readonly text: string
  readonly replies: readonly Reply[]
  readonly at: Date
  readonly note: string | null | undefined
}
class Money {
  readonly amount = 1
  toJSON(): string {
    return '1'
  }
}

declare function send<Data>(data: Jsonable<Data>): void
declare const message: Message
declare const reply: Reply | null
declare const anything: unknown
declare const list: readonly Reply[]

send(message)
send(reply)
send(list)
send([message, 'a', 1, true, null])
send({ message, a: { b: [list] } })
send('text')
send(new Money())
send({ home: new URL('http://a.test') })
send(JSON.parse('1'))

// @ts-expect-error -- a function
send(() => 1)
// @ts-expect-error -- a method
send({ message, onClick: () => 1 })
// @ts-expect-error -- a Map
send(new Map<string, string>())
// @ts-expect-error -- a Set inside
send({ a: [{ b: new Set<string>() }] })
// @ts-expect-error -- binary data
send({ bytes: new Uint8Array(1) })
// @ts-expect-error -- a Buffer, which has a toJSON()
send(Buffer.from(''))
// @ts-expect-error -- a file
send({ avatar: new File([], 'a') })
// @ts-expect-error -- a regular expression
send({ like: /a/ })
// @ts-expect-error -- an error
send(new TypeError('x'))
// @ts-expect-error -- a promise
send({ later: Promise.resolve(1) })
// @ts-expect-error -- a bigint
send({ id: 1n })
// @ts-expect-error -- a symbol
send(Symbol('x'))
// @ts-expect-error -- undefined
send(undefined)
// @ts-expect-error -- undefined in a list
send([undefined])
// @ts-expect-error -- a toJSON() of no JSON
send({ toJSON: () => new Map<string, string>() })
// @ts-expect-error -- unknown may be any of them
send(anything)
