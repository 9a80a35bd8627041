import { expect, it } from 'vitest'
import { typeCheck } from './support/typeCheck.js'

const registered = `
import { command, coreContract, extendContract } from '@yektayar/protocol'
import { useCommand, useSocket, useSocketEvent } from '@yektayar/vue'
import { useSocketStore } from '@yektayar/vue/pinia'
import { z } from 'zod'

const contract = extendContract(coreContract, {
  commands: {
    'mood:save': command({ input: z.object({ level: z.number() }), output: z.object({ id: z.string() }) }),
  },
  events: { 'mood:saved': z.object({ id: z.string() }) },
})
declare module '@yektayar/vue' {
  interface Register {
    contract: typeof contract
  }
}
const { execute, data } = useCommand('mood:save')
const { client } = useSocket()
const store = useSocketStore()
`

it('types the composables, the client and the store with a contract that an app registers', () => {
  const right = `${registered}
void execute({ level: 3 }).then((saved) => saved?.id.toUpperCase())
export const id: string | undefined = data.value?.id
useSocketEvent('mood:saved', (saved) => saved.id.toUpperCase())
useSocketEvent('connected', ({ isLoggedIn }) => !isLoggedIn)
void client.call('mood:save', { level: 3 }, { timeoutMs: 500 }).then((saved) => saved.id.length)
void store.call('mood:save', { level: 1 })
void client.echo('the core is still there')
`
  expect(typeCheck(new Map([['right.ts', right]]))).toEqual([])
})

it.each([
  ['a wrong input', `void execute({ level: 'three' })`],
  ['no input', 'void execute()'],
  ['a wrong output', 'export const id: number | undefined = data.value?.id'],
  ['an unknown command', `useCommand('mood:sav')`],
  ['an unknown event', `useSocketEvent('mood:save', () => undefined)`],
  ['a wrong payload', `useSocketEvent('mood:saved', (saved: { id: number }) => saved.id)`],
  ['a wrong call of the client', `void client.call('mood:save', { level: null })`],
])('refuses %s', (_what, wrong) => {
  expect(typeCheck(new Map([['wrong.ts', `${registered}\n${wrong}\n`]]))).toHaveLength(1)
})
