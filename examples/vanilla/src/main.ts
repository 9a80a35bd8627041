import { YektaYarSocket } from '@yektayar/client'
import { errorText } from '@yektayar/client/texts'
import type { contract } from '../contract.js'

const url = import.meta.env.VITE_SERVER ?? 'http://localhost:3000'
const client = new YektaYarSocket<typeof contract>({ url })
const room = client.room('support:42')

const main = document.querySelector('#app')!
main.innerHTML = `
  <p role="status"></p>
  <ul aria-label="Here"></ul>
  <ol></ol>
  <form><input name="text" aria-label="Message" autocomplete="off" /> <button>Send</button></form>`
const [status, people, list, form] = ['p', 'ul', 'ol', 'form'].map((tag) =>
  main.querySelector(tag)!,
)

client.subscribe(({ status: word, error }) => {
  status!.textContent = error ? `${word}: ${errorText(error, 'en')}` : word
})
room.subscribe(({ messages, members }) => {
  people!.replaceChildren(
    ...members.map(({ presence, isSelf }) => line(presence.name + (isSelf ? ' (you)' : ''))),
  )
  list!.replaceChildren(
    ...messages.map(({ data, isOwn, state }) =>
      line(isOwn ? `${data.text} (${state})` : data.text),
    ),
  )
})

form!.addEventListener('input', () => room.typing(true))
form!.addEventListener('submit', (event) => {
  event.preventDefault()
  const input = main.querySelector('input')!
  room.send({ text: input.value }).catch(() => {}) // the message itself shows its failure
  input.value = ''
})

client.connect().catch(() => {}) // the status says why
room.join({ presence: { name: 'Guest' } }).catch(() => {}) // as above

function line(text: string) {
  return Object.assign(document.createElement('li'), { textContent: text })
}
