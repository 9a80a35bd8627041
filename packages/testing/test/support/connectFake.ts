import { vi } from 'vitest'
import { createFakeClient } from '../../src/fake.js'
import { noteContract } from './noteContract.js'

/** A connected fake client whose `note:add` handler is a spy. */
export async function connectFake() {
  const handler = vi.fn(({ input }: { readonly input: { readonly text: string } }) => ({
    id: 1,
    ...input,
  }))
  const fake = createFakeClient(noteContract, { commands: { 'note:add': handler } })
  await fake.connect()
  return { fake, handler, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() }
}
