import { YektaYarSocket } from '@yektayar/client'
import { errorText } from '@yektayar/client/texts'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { FormEvent } from 'react'
import type { contract } from '../contract.js'

const url = import.meta.env.VITE_SERVER ?? 'http://localhost:3000'
const client = new YektaYarSocket<typeof contract>({ url })
client.connect().catch(() => {}) // the status says why

/** The client, its session, its outbox and a room have the same two functions. */
function useSnapshot<Snapshot>(source: {
  subscribe(listener: () => void): () => void
  getSnapshot(): Snapshot
}) {
  return useSyncExternalStore(source.subscribe, source.getSnapshot)
}

export function SupportChat({ caseId }: { caseId: string }) {
  const [name, setName] = useState('Guest')
  const [failure, setFailure] = useState('')
  const room = useMemo(() => client.room(`support:${caseId}`), [caseId])
  const { status } = useSnapshot(client)
  const { isLoggedIn } = useSnapshot(client.session)
  const { messages, members, typists, error } = useSnapshot(room)
  const nameOf = (id: string | null) => members.find((one) => one.id === id)?.presence.name

  useEffect(() => {
    room.join({ presence: { name } }).catch(() => {}) // the snapshot's error says why
    return () => void room.leave()
  }, [room])
  useEffect(() => void room.setPresence({ name }).catch(() => {}), [room, name])

  async function changeUser(change: Promise<void>) {
    const failed = (cause: unknown) => setFailure(errorText(cause, 'en'))
    await change.then(() => setFailure(''), failed)
  }
  const onSubmit = (act: (fields: FormData) => unknown) => (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    act(new FormData(event.currentTarget))
    event.currentTarget.reset()
  }
  const signIn = onSubmit((fields) => changeUser(client.session.signIn(textsOf(fields))))
  const send = onSubmit((fields) => room.send({ text: textsOf(fields).text ?? '' }).catch(() => {}))
  const line = ({ key, from, isOwn, data, state }: (typeof messages)[number]) => (
    <li key={key}>
      <b>{isOwn ? 'You' : (nameOf(from) ?? from)}</b> {data.text} <small>{isOwn && state}</small>
      {state === 'failed' && <button onClick={() => client.outbox.retry(key)}>Send again</button>}
    </li>
  )

  return (
    <>
      <form onSubmit={signIn} hidden={isLoggedIn}>
        <input name="username" placeholder="User" /> <input name="password" type="password" />
        <button>Sign in</button>
      </form>
      {isLoggedIn && <button onClick={() => changeUser(client.session.signOut())}>Sign out</button>}
      <p role="status">{[status, failure || (error && errorText(error, 'en'))].join(' ')}</p>
      <input aria-label="Your name" value={name} onChange={({ target }) => setName(target.value)} />
      <ul aria-label="Here">
        {members.map((one) => (
          <li key={one.id}>{one.presence.name + (one.isSelf ? ' (you)' : '')}</li>
        ))}
      </ul>
      <ol>{messages.map(line)}</ol>
      <p>{typists.map((id) => `${nameOf(id) ?? 'Somebody'} is typing…`).join(' ')}</p>
      <form onSubmit={send}>
        <input name="text" aria-label="Message" required onChange={() => room.typing(true)} />
        <button>Send</button>
      </form>
    </>
  )
}

const textsOf = (fields: FormData) =>
  Object.fromEntries([...fields].map(([name, value]) => [name, String(value)]))
